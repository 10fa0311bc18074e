/** What waits in the freezer. */
import type { Range } from "../range.ts";
import { foodBrands } from "./brands.ts";

export const frozen: Range = {
  name: "Frozen",
  description: "Dinners, vegetables and ice cream that wait until you are ready.",
  prefix: "FRO",
  brands: foodBrands,
  styles: [
    { word: "", factor: 1, note: "" },
    { word: "Organic", factor: 1.2, note: "Organic through and through." },
    { word: "Homestyle", factor: 1.05, note: "As you would make it at home, with more time." },
    { word: "Family", factor: 0.9, note: "A fair price for a full table." },
    { word: "Sunday", factor: 1.1, note: "For Sundays, and for pretending that it is one." },
    { word: "Signature", factor: 1.3, note: "The one that they are known for." },
  ],
  openings: [
    "For the evenings when nobody wants to cook: {name} by {brand}.",
    "Frozen within hours, {name} from {brand}.",
    "{brand} does the work and the freezer the waiting: {name}.",
    "Better than anything frozen has a right to be: {name} from {brand}.",
    "Keep a spare one in the freezer, {name} by {brand}.",
  ],
  closings: [
    "Keep frozen at 0 °F or below.",
    "Do not refreeze after thawing.",
    "The box tells you oven and microwave times.",
    "Delivered in insulated bags.",
    "Ready before the rice is.",
  ],
  kinds: [
    {
      name: "Ice Cream",
      varieties: [
        "Vanilla Bean", "Dark Chocolate", "Strawberry", "Mint Chip",
        "Salted Caramel", "Pistachio", "Dulce de Leche", "Coffee",
      ],
      sizes: { "14 fl oz": 549, "28 fl oz": 799, "48 fl oz": 1049 },
      note: "Little air and plenty of cream.",
    },
    {
      name: "Sorbet",
      varieties: ["Mango", "Raspberry", "Lemon", "Passion Fruit", "Coconut", "Blood Orange", "Blackcurrant", "Pear"],
      sizes: { "14 fl oz": 499, "16 fl oz": 549, "32 fl oz": 899 },
      note: "Fruit, water and sugar, in that order.",
    },
    {
      name: "Ice Pops",
      varieties: ["Lime", "Strawberry Cream", "Tamarind", "Coconut", "Fudge", "Watermelon", "Mango Chili", "Cherry"],
      sizes: { "4 ct": 449, "6 ct": 599, "12 ct": 999 },
      note: "Pieces of real fruit, frozen on a wooden stick.",
    },
    {
      name: "Pizza",
      varieties: [
        "Margherita", "Pepperoni", "Four Cheese", "Mushroom",
        "Spinach Ricotta", "Sausage", "Veggie Supreme", "White Garlic",
      ],
      sizes: { "10 oz": 599, "16 oz": 849, "26 oz": 1149 },
      note: "Proofed for a day and par-baked on stone.",
    },
    {
      name: "Burritos",
      varieties: [
        "Bean and Cheese", "Chicken Verde", "Beef Colorado", "Egg and Chorizo",
        "Black Bean Rice", "Sweet Potato", "Carnitas", "Breakfast",
      ],
      sizes: { "1 ct": 299, "4 ct": 999, "8 ct": 1799 },
      note: "Rolled tight, so it can be eaten standing.",
    },
    {
      name: "Dumplings",
      varieties: ["Pork and Chive", "Chicken", "Shrimp", "Vegetable", "Kimchi", "Beef and Onion", "Edamame", "Soup"],
      sizes: { "10 oz": 599, "16 oz": 849, "24 oz": 1199 },
      note: "Steam them, or fry them on one side only.",
    },
    {
      name: "Empanadas",
      varieties: [
        "Beef Picadillo", "Chicken", "Cheese and Onion", "Spinach",
        "Ham and Cheese", "Guava", "Corn", "Mushroom",
      ],
      sizes: { "2 ct": 499, "4 ct": 899, "12 ct": 2299 },
      note: "Crimped by hand; the pattern tells what is inside.",
    },
    {
      name: "Vegetables",
      varieties: [
        "Garden Pea", "Broccoli Floret", "Sweet Corn", "Stir-Fry Mix",
        "Chopped Spinach", "Green Bean", "Cauliflower Rice", "Okra",
      ],
      sizes: { "10 oz": 229, "16 oz": 329, "32 oz": 549 },
      note: "Blanched and frozen next to the field.",
    },
    {
      name: "Smoothie Fruit",
      varieties: [
        "Mixed Berry", "Mango Chunk", "Strawberry Banana", "Pineapple",
        "Wild Blueberry", "Açaí", "Dark Cherry", "Peach",
      ],
      sizes: { "10 oz": 449, "16 oz": 599, "48 oz": 1399 },
      note: "Ripe fruit in pieces that the blender can handle.",
    },
    {
      name: "Fish Fillets",
      varieties: [
        "Atlantic Cod", "Alaska Pollock", "Sockeye Salmon", "Tilapia",
        "Haddock", "Mahi-Mahi", "Catfish", "Breaded Flounder",
      ],
      sizes: { "12 oz": 999, "1 lb": 1299, "2 lb": 2299 },
      note: "Cut and frozen at sea, one by one.",
    },
    {
      name: "Waffles",
      varieties: [
        "Buttermilk", "Blueberry", "Chocolate Chip", "Whole Grain",
        "Cinnamon Toast", "Protein", "Belgian", "Pumpkin",
      ],
      sizes: { "6 ct": 349, "10 ct": 449, "24 ct": 899 },
      note: "From the toaster to the plate in two minutes.",
    },
    {
      name: "Rice Bowl",
      varieties: [
        "Teriyaki Chicken", "Beef Bulgogi", "Chana Masala", "Thai Basil",
        "Burrito", "Jerk Vegetable", "Paella", "Tofu Curry",
      ],
      sizes: { "9 oz": 499, "12 oz": 599, "20 oz": 899 },
      note: "A whole lunch with a fork's worth of everything.",
    },
  ],
};
