/** What comes out of the oven. */
import type { Range } from "../range.ts";
import { foodBrands } from "./brands.ts";

export const bakery: Range = {
  name: "Bakery",
  description: "Bread, rolls, cakes and pastries, delivered before the doors open.",
  prefix: "BAK",
  brands: foodBrands,
  styles: [
    { word: "", factor: 1, note: "" },
    { word: "Organic", factor: 1.2, note: "The flour and everything else in it are organic." },
    { word: "Artisan", factor: 1.25, note: "Shaped by hand, so no two look alike." },
    { word: "Grandma's", factor: 1.05, note: "From a recipe card with butter stains on it." },
    { word: "Country", factor: 0.95, note: "Nothing fancy, and that is the point." },
    { word: "Sunday", factor: 1.1, note: "The one for the long breakfast." },
  ],
  openings: [
    "Still warm when it leaves the bakery: {name} by {brand}.",
    "From the ovens of {brand}: {name}.",
    "The smell alone sells it, {name} by {brand}.",
    "{brand} starts at three in the morning to have {name} ready by seven.",
    "Simple ingredients and plenty of time: {name} from {brand}.",
  ],
  closings: [
    "Best on the day, still good on the next one.",
    "Freezes well for up to a month.",
    "Five minutes in a hot oven bring it back to life.",
    "No preservatives, so do not wait too long.",
    "Made for sharing, though nobody will check.",
  ],
  kinds: [
    {
      name: "Sandwich Bread",
      varieties: [
        "Honey Wheat", "Buttermilk", "Twelve Grain", "Oat and Flax",
        "Potato", "Toasted Sesame", "Brown Rice", "Country White",
      ],
      sizes: { "16 oz": 379, "20 oz": 449, "24 oz": 529 },
      note: "Soft slices that hold together under tomatoes and mustard.",
    },
    {
      name: "Sourdough Loaf",
      varieties: [
        "Classic", "Seeded", "Olive and Rosemary", "Cracked Pepper",
        "Walnut", "Whole Spelt", "Roasted Garlic", "Cranberry",
      ],
      sizes: { "14 oz": 549, "24 oz": 749, "32 oz": 949 },
      note: "A starter of thirty years and two slow rises make the tang.",
    },
    {
      name: "Rye Bread",
      varieties: ["Caraway", "Pumpernickel", "Marble", "Danish Seeded", "Light", "Dark Molasses", "Onion", "Sunflower"],
      sizes: { "12 oz": 429, "16 oz": 499, "32 oz": 849 },
      note: "Dense, moist and just right under smoked fish or cheese.",
    },
    {
      name: "Bagels",
      varieties: [
        "Plain", "Everything", "Poppy Seed", "Cinnamon Raisin",
        "Blueberry", "Egg", "Jalapeño Cheddar", "Salt",
      ],
      sizes: { "4 ct": 399, "6 ct": 549, "12 ct": 999 },
      note: "Boiled before they are baked, as bagels must be.",
    },
    {
      name: "Croissants",
      varieties: [
        "Butter", "Almond", "Chocolate", "Ham and Gruyère",
        "Pistachio", "Whole Wheat", "Raspberry", "Everything Seed",
      ],
      sizes: { "2 ct": 499, "4 ct": 899, "8 ct": 1649 },
      note: "Twenty-seven layers, and every one of them crumbles.",
    },
    {
      name: "Dinner Rolls",
      varieties: [
        "Sweet Hawaiian", "Parker House", "Ciabatta", "Pretzel",
        "Milk", "Herb and Garlic", "Brioche", "Multigrain",
      ],
      sizes: { "6 ct": 379, "8 ct": 469, "12 ct": 649 },
      note: "Pull them apart while somebody passes the butter.",
    },
    {
      name: "Tortillas",
      varieties: [
        "Yellow Corn", "Blue Corn", "White Flour", "Whole Wheat",
        "Spinach", "Chipotle", "Cassava", "Sun-Dried Tomato",
      ],
      sizes: { "8 ct": 299, "12 ct": 399, "30 ct": 749 },
      note: "Pressed thin and griddled on both sides, they fold without breaking.",
    },
    {
      name: "Muffins",
      varieties: [
        "Blueberry Crumb", "Banana Nut", "Lemon Poppy", "Double Chocolate",
        "Bran and Raisin", "Carrot", "Pumpkin Spice", "Apple Cinnamon",
      ],
      sizes: { "2 ct": 449, "4 ct": 799, "6 ct": 1099 },
      note: "Tall tops and a tender middle, never too sweet.",
    },
    {
      name: "Cookies",
      varieties: [
        "Chocolate Chip", "Oatmeal Raisin", "Ginger Molasses", "Snickerdoodle",
        "Peanut Butter", "White Macadamia", "Black and White", "Butter Pecan",
      ],
      sizes: { "6 ct": 499, "12 ct": 849, "24 ct": 1499 },
      note: "Crisp at the edge and soft in the middle.",
    },
    {
      name: "Loaf Cake",
      varieties: [
        "Lemon Drizzle", "Marble Cocoa", "Banana Walnut", "Vanilla Pound",
        "Carrot Pecan", "Orange Almond", "Coffee Crumb", "Zucchini",
      ],
      sizes: { "12 oz": 599, "16 oz": 749, "28 oz": 1149 },
      note: "Cuts into ten even slices, or four honest ones.",
    },
    {
      name: "Fruit Pie",
      varieties: [
        "Apple", "Sour Cherry", "Peach", "Blackberry",
        "Key Lime", "Strawberry Rhubarb", "Pear Ginger", "Wild Blueberry",
      ],
      sizes: { "5 in": 549, "8 in": 1249, "10 in": 1799 },
      note: "A flaky crust with more fruit than it can hold.",
    },
    {
      name: "Flatbread",
      varieties: [
        "Naan", "Za'atar", "Rosemary Sea Salt", "Pita",
        "Lavash", "Garlic Butter", "Whole Grain", "Caramelized Onion",
      ],
      sizes: { "2 ct": 349, "4 ct": 549, "8 ct": 949 },
      note: "Blistered in a very hot oven and soft enough to scoop.",
    },
  ],
};
