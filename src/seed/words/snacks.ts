/** What is eaten between meals. */
import type { Range } from "../range.ts";
import { foodBrands } from "./brands.ts";

export const snacks: Range = {
  name: "Snacks",
  description: "Chips, nuts, crackers and sweets for the way home.",
  prefix: "SNA",
  brands: foodBrands,
  styles: [
    { word: "", factor: 1, note: "" },
    { word: "Organic", factor: 1.2, note: "Organic, as snacks can be, too." },
    { word: "Small Batch", factor: 1.15, note: "Made a batch at a time, and tasted each time." },
    { word: "Street Fair", factor: 1.05, note: "As sold from the cart at the corner, without the line." },
    { word: "Everyday", factor: 0.9, note: "Priced for the lunch box." },
    { word: "Gourmet", factor: 1.3, note: "Put it in a bowl and it passes for an appetizer." },
  ],
  openings: [
    "Hard to put down: {name} by {brand}.",
    "For the bus, the desk or the couch, {name} from {brand}.",
    "{brand} makes {name} for people who read the label.",
    "One more handful of {name} by {brand}, then dinner.",
    "The bag that is always empty first: {name} from {brand}.",
  ],
  closings: [
    "Close the bag well, if anything is left.",
    "No artificial colors or flavors.",
    "Packed in a facility that also handles nuts.",
    "Good with a cold drink.",
    "Share it or hide it.",
  ],
  kinds: [
    {
      name: "Potato Chips",
      varieties: [
        "Sea Salt", "Salt and Vinegar", "Barbecue", "Sour Cream and Onion",
        "Cracked Black Pepper", "Dill Pickle", "Truffle", "Lime Chili",
      ],
      sizes: { "2 oz": 199, "5 oz": 399, "8 oz": 549 },
      note: "Three ingredients and a good deal of noise.",
    },
    {
      name: "Tortilla Chips",
      varieties: [
        "Restaurant White", "Blue Corn", "Yellow Corn", "Multigrain",
        "Hint of Lime", "Chili Lime", "Nacho", "Black Bean",
      ],
      sizes: { "6 oz": 349, "11 oz": 499, "18 oz": 699 },
      note: "Thick enough for the last of the guacamole.",
    },
    {
      name: "Plantain Chips",
      varieties: ["Sweet Maduro", "Green Garlic", "Salted", "Chili", "Cinnamon", "Mojo", "Smoky", "Coconut"],
      sizes: { "3 oz": 249, "5 oz": 349, "10 oz": 599 },
      note: "Sliced lengthwise and fried in coconut oil.",
    },
    {
      name: "Popcorn",
      varieties: [
        "Butter", "White Cheddar", "Caramel", "Kettle Corn",
        "Olive Oil", "Rosemary", "Dark Chocolate", "Cinnamon Sugar",
      ],
      sizes: { "1 oz": 179, "5 oz": 399, "9 oz": 599 },
      note: "Popped in hot air, then tossed by hand.",
    },
    {
      name: "Pretzels",
      varieties: [
        "Salted Twist", "Sourdough Nugget", "Honey Mustard", "Peanut Butter Filled",
        "Everything", "Dark Chocolate Dipped", "Garlic Parmesan", "Yogurt Dipped",
      ],
      sizes: { "5 oz": 329, "10 oz": 499, "16 oz": 699 },
      note: "Baked until the crust shines.",
    },
    {
      name: "Crackers",
      varieties: ["Rosemary", "Whole Wheat", "Sesame", "Water", "Cheddar", "Fig and Olive", "Sea Salt Almond", "Rice"],
      sizes: { "4 oz": 349, "8 oz": 549, "12 oz": 749 },
      note: "Thin, crisp and waiting for cheese.",
    },
    {
      name: "Roasted Nuts",
      varieties: [
        "Almond", "Cashew", "Pistachio", "Honey Peanut",
        "Smoked Almond", "Maple Pecan", "Chili Cashew", "Deluxe Mix",
      ],
      sizes: { "4 oz": 499, "8 oz": 849, "16 oz": 1499 },
      note: "Dry-roasted the week they are packed.",
    },
    {
      name: "Trail Mix",
      varieties: [
        "Mountain", "Tropical", "Cherry Chocolate", "Sweet and Salty",
        "Omega", "Berry", "Spicy", "Peanut Raisin",
      ],
      sizes: { "2 oz": 249, "8 oz": 649, "20 oz": 1299 },
      note: "Enough of the good bits that nobody has to dig.",
    },
    {
      name: "Dried Fruit",
      varieties: ["Mango", "Apricot", "Medjool Date", "Tart Cherry", "Pineapple", "Banana", "Black Fig", "Cranberry"],
      sizes: { "4 oz": 399, "8 oz": 699, "16 oz": 1199 },
      note: "Dried slowly, without added sugar.",
    },
    {
      name: "Chocolate Bar",
      varieties: [
        "Dark Sea Salt", "Milk Hazelnut", "Almond", "Orange Peel",
        "Raspberry", "White Coconut", "Mint", "Coffee Crisp",
      ],
      sizes: { "1.5 oz": 249, "3 oz": 399, "6 oz": 699 },
      note: "From cocoa that can be traced to its valley.",
    },
    {
      name: "Granola Bars",
      varieties: [
        "Oats and Honey", "Peanut Chocolate", "Blueberry Almond", "Coconut Cashew",
        "Apple Cinnamon", "Double Cocoa", "Cranberry Seed", "Maple Walnut",
      ],
      sizes: { "1 ct": 179, "5 ct": 599, "12 ct": 1199 },
      note: "Chewy, filling, and no crumbs in the keyboard.",
    },
    {
      name: "Gummies",
      varieties: [
        "Sour Peach", "Wild Berry", "Cola", "Tropical Fruit",
        "Watermelon", "Sweet and Sour Cherry", "Ginger", "Tamarind",
      ],
      sizes: { "3 oz": 249, "5 oz": 349, "12 oz": 649 },
      note: "Colored with fruit and vegetables, set with pectin.",
    },
  ],
};
