/** What keeps in the cupboard. */
import type { Range } from "../range.ts";
import { foodBrands } from "./brands.ts";

export const pantry: Range = {
  name: "Pantry",
  description: "Rice, beans, pasta, oils and sauces: dinner when nothing was planned.",
  prefix: "PAN",
  brands: foodBrands,
  styles: [
    { word: "", factor: 1, note: "" },
    { word: "Organic", factor: 1.2, note: "Organic, with nothing added that you could not pronounce." },
    { word: "Traditional", factor: 1.1, note: "Made the way it was made before there were shortcuts." },
    { word: "Chef's", factor: 1.2, note: "Restaurants around the corner cook with it." },
    { word: "Village", factor: 1.15, note: "From a village that is known for it." },
    { word: "Family", factor: 0.9, note: "A fair price for people who cook every day." },
  ],
  openings: [
    "The cupboard's best friend: {name} by {brand}.",
    "Dinner is half done with {name} from {brand}.",
    "{brand} has packed {name} for three generations.",
    "Always good to have one more: {name} by {brand}.",
    "Plain and honest: {name} from {brand}.",
  ],
  closings: [
    "Store in a cool, dry place.",
    "Keeps for a year unopened.",
    "Once opened, use within two weeks.",
    "The label has a recipe that works.",
    "The package can be recycled.",
  ],
  kinds: [
    {
      name: "Rice",
      varieties: [
        "Basmati", "Jasmine", "Arborio", "Carolina Gold",
        "Short Grain Brown", "Black Forbidden", "Sushi", "Wild",
      ],
      sizes: { "1 lb": 349, "2 lb": 599, "5 lb": 1249 },
      note: "Aged until the grains stay apart in the pot.",
    },
    {
      name: "Pasta",
      varieties: ["Spaghetti", "Rigatoni", "Fusilli", "Orecchiette", "Bucatini", "Linguine", "Farfalle", "Cavatappi"],
      sizes: { "12 oz": 249, "1 lb": 299, "2 lb": 529 },
      note: "Drawn through bronze, so the sauce has something to hold on to.",
    },
    {
      name: "Canned Beans",
      varieties: ["Black", "Pinto", "Cannellini", "Garbanzo", "Red Kidney", "Navy", "Pigeon", "Butter"],
      sizes: { "15 oz": 149, "29 oz": 249, "4-pack": 529 },
      note: "Cooked until tender and not a minute longer.",
    },
    {
      name: "Dried Lentils",
      varieties: [
        "French Green", "Red Split", "Beluga Black", "Spanish Pardina",
        "Golden", "Large Brown", "Yellow Toor", "Ivory Urad",
      ],
      sizes: { "12 oz": 279, "1 lb": 349, "3 lb": 849 },
      note: "No soaking, done in half an hour.",
    },
    {
      name: "Tomato Sauce",
      varieties: ["Marinara", "Arrabbiata", "Basil", "Roasted Garlic", "Puttanesca", "Vodka", "Sofrito", "Mushroom"],
      sizes: { "15 oz": 329, "24 oz": 549, "32 oz": 699 },
      note: "Simmered for hours, so that you need ten minutes.",
    },
    {
      name: "Olive Oil",
      varieties: [
        "Extra Virgin", "Arbequina", "Picual", "Koroneiki",
        "Lemon-Pressed", "Unfiltered", "Mild Cooking", "Chili",
      ],
      sizes: { "250 ml": 899, "500 ml": 1499, "1 l": 2499 },
      note: "Pressed within hours of the harvest; the date is on the bottle.",
    },
    {
      name: "Vinegar",
      varieties: ["Balsamic", "Apple Cider", "Red Wine", "Sherry", "Rice Wine", "Champagne", "White Distilled", "Fig"],
      sizes: { "8 fl oz": 379, "16 fl oz": 549, "32 fl oz": 849 },
      note: "Bright and clean, for dressings and for pickles.",
    },
    {
      name: "Spice Blend",
      varieties: [
        "Adobo", "Ras el Hanout", "Garam Masala", "Cajun",
        "Herbes de Provence", "Berbere", "Jerk", "Five Spice",
      ],
      sizes: { "1.5 oz": 399, "3 oz": 599, "8 oz": 1099 },
      note: "Ground to order and packed in glass.",
    },
    {
      name: "Hot Sauce",
      varieties: [
        "Habanero Mango", "Smoked Chipotle", "Green Jalapeño", "Cayenne",
        "Scotch Bonnet", "Fermented Fresno", "Ghost Pepper", "Pineapple Ginger",
      ],
      sizes: { "5 fl oz": 449, "8 fl oz": 599, "12 fl oz": 799 },
      note: "Heat that arrives late and leaves politely.",
    },
    {
      name: "Nut Butter",
      varieties: [
        "Smooth Peanut", "Crunchy Peanut", "Almond", "Cashew",
        "Hazelnut Cocoa", "Pistachio", "Pecan Maple", "Sunflower Seed",
      ],
      sizes: { "10 oz": 549, "16 oz": 799, "28 oz": 1249 },
      note: "Stir once, and it stays stirred.",
    },
    {
      name: "Flour",
      varieties: ["All-Purpose", "Bread", "Whole Wheat", "Almond", "Masa Harina", "Semolina", "Buckwheat", "Chickpea"],
      sizes: { "2 lb": 399, "3 lb": 549, "5 lb": 799 },
      note: "Milled slowly, so that the germ does not get warm.",
    },
    {
      name: "Soup",
      varieties: [
        "Chicken Noodle", "Tomato Bisque", "Split Pea", "Minestrone",
        "Black Bean", "Tortilla", "Lentil Vegetable", "Corn Chowder",
      ],
      sizes: { "15 oz": 329, "18 oz": 399, "32 oz": 599 },
      note: "Heat and eat, though a squeeze of lemon does it good.",
    },
  ],
};
