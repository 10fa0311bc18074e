/** What is poured. */
import type { Range } from "../range.ts";
import { foodBrands } from "./brands.ts";

export const drinks: Range = {
  name: "Drinks",
  description: "Water, juice, soda and everything else that is better cold.",
  prefix: "DRI",
  brands: foodBrands,
  styles: [
    { word: "", factor: 1, note: "" },
    { word: "Natural", factor: 1.1, note: "Nothing artificial in it." },
    { word: "Craft", factor: 1.25, note: "Made in small tanks by people who sign the label." },
    { word: "Heritage", factor: 1.15, note: "From a bottler that has not moved since 1931." },
    { word: "Select", factor: 1.2, note: "Only the best lots make it into this bottle." },
    { word: "Everyday", factor: 0.9, note: "Priced for a thirsty household." },
  ],
  openings: [
    "Best ice cold: {name} by {brand}.",
    "Refreshing to the last drop, {name} from {brand}.",
    "{brand} bottles {name} for hot sidewalks and long evenings.",
    "From the big cooler by the door, {name} by {brand}.",
    "Something better than tap: {name} from {brand}.",
  ],
  closings: [
    "Serve chilled.",
    "Shake gently before opening.",
    "Deposit may apply in some states.",
    "The bottle can be recycled, and so can the cap.",
    "Once opened, keep cold and finish within three days.",
  ],
  kinds: [
    {
      name: "Sparkling Water",
      varieties: [
        "Lime", "Grapefruit", "Blackberry", "Cucumber Mint",
        "Blood Orange", "Peach Pear", "Unflavored", "Coconut",
      ],
      sizes: { "16 fl oz": 169, "33 fl oz": 249, "8 x 12 fl oz": 599 },
      note: "Fine bubbles that last until the glass is empty.",
    },
    {
      name: "Spring Water",
      varieties: ["Alpine", "Mountain", "Artesian", "Electrolyte", "Alkaline", "Glacier", "Deep Well", "Volcanic"],
      sizes: { "20 fl oz": 149, "50 fl oz": 249, "12 x 16 fl oz": 699 },
      note: "Bottled where it comes out of the rock.",
    },
    {
      name: "Orange Juice",
      varieties: ["No Pulp", "Some Pulp", "Extra Pulp", "Calcium", "Tangerine", "Blood Orange", "Mango", "Pineapple"],
      sizes: { "12 fl oz": 299, "52 fl oz": 649, "89 fl oz": 949 },
      note: "Squeezed, never from concentrate.",
    },
    {
      name: "Fruit Nectar",
      varieties: ["Guava", "Mango", "Peach", "Pear", "Apricot", "Tamarind", "Soursop", "Papaya"],
      sizes: { "11 fl oz": 179, "33 fl oz": 349, "64 fl oz": 549 },
      note: "Thick, sweet, and best over crushed ice.",
    },
    {
      name: "Cola",
      varieties: ["Classic", "Cherry", "Vanilla", "Cane Sugar", "Lime", "Spiced", "Caffeine-Free", "Citrus"],
      sizes: { "12 fl oz": 149, "2 l": 299, "12 x 12 fl oz": 799 },
      note: "Kola nut, a little lime, and a proper fizz.",
    },
    {
      name: "Ginger Beer",
      varieties: ["Jamaican", "Extra Spicy", "Pineapple", "Turmeric", "Lemon", "Hibiscus", "Passion Fruit", "Dry"],
      sizes: { "12 fl oz": 229, "4 x 12 fl oz": 749, "750 ml": 549 },
      note: "Brewed from fresh root, and it bites back.",
    },
    {
      name: "Lemonade",
      varieties: ["Original", "Strawberry", "Lavender", "Mint", "Watermelon", "Peach", "Raspberry", "Cloudy"],
      sizes: { "16 fl oz": 249, "52 fl oz": 449, "89 fl oz": 649 },
      note: "Lemons, water and patience.",
    },
    {
      name: "Iced Tea",
      varieties: [
        "Lemon", "Peach", "Unsweetened Black", "Green Honey",
        "Raspberry", "Hibiscus", "Half and Half", "Mango",
      ],
      sizes: { "16 fl oz": 229, "64 fl oz": 399, "6 x 16 fl oz": 999 },
      note: "Real leaves, steeped and cooled the same hour.",
    },
    {
      name: "Kombucha",
      varieties: [
        "Ginger Lemon", "Berry", "Pomegranate", "Passion Fruit",
        "Elderflower", "Mango Chili", "Plain", "Lavender Mint",
      ],
      sizes: { "12 fl oz": 379, "16 fl oz": 449, "48 fl oz": 1099 },
      note: "Fermented for three weeks; a little haze is a good sign.",
    },
    {
      name: "Coconut Water",
      varieties: ["Pure", "Pineapple", "Pulp", "Mango", "Chocolate", "Lime", "Pink", "Toasted"],
      sizes: { "11 fl oz": 249, "17 fl oz": 349, "33 fl oz": 549 },
      note: "From young coconuts, opened on the day they are cut.",
    },
    {
      name: "Energy Drink",
      varieties: ["Citrus", "Berry", "Tropical", "Yerba Mate", "Green Tea", "Peach", "Dragon Fruit", "Cherry Lime"],
      sizes: { "8 fl oz": 229, "12 fl oz": 279, "16 fl oz": 329 },
      note: "As much caffeine as a cup of coffee, and it tells you so.",
    },
    {
      name: "Cold-Pressed Juice",
      varieties: [
        "Green Apple Kale", "Carrot Ginger", "Beet Lemon", "Celery",
        "Watermelon Mint", "Pineapple Turmeric", "Tomato Chili", "Cucumber Pear",
      ],
      sizes: { "8 fl oz": 449, "12 fl oz": 599, "32 fl oz": 1199 },
      note: "Pressed, not spun, and never heated.",
    },
  ],
};
