/** What cooking is done with. */
import type { Range } from "../range.ts";
import { homeBrands } from "./brands.ts";

export const kitchen: Range = {
  name: "Kitchen",
  description: "Pots, knives, cups and the small tools that nobody returns.",
  prefix: "KIT",
  brands: homeBrands,
  styles: [
    { word: "", factor: 1, note: "" },
    { word: "Classic", factor: 1.05, note: "A shape that has not changed in fifty years." },
    { word: "Studio", factor: 1.3, note: "Designed by people who wash their own dishes." },
    { word: "Handmade", factor: 1.6, note: "Made by hand, so each one is a little different." },
    { word: "Starter", factor: 0.8, note: "For the first kitchen and the second home." },
    { word: "Chef's", factor: 1.4, note: "Built for a kitchen that never closes." },
  ],
  openings: [
    "Made to be used every day: {name} by {brand}.",
    "A tool that stays for good, {name} from {brand}.",
    "{brand} builds {name} for cooks, not for shelves.",
    "Feels right in the hand: {name} by {brand}.",
    "A present that gets used, {name} from {brand}.",
  ],
  closings: [
    "Dishwasher safe, though washing by hand is kinder.",
    "Comes with a warranty of two years.",
    "Wash before first use.",
    "Packed in cardboard, without plastic.",
    "Spare parts can be ordered.",
  ],
  kinds: [
    {
      name: "Frying Pan",
      varieties: [
        "Cast Iron", "Carbon Steel", "Nonstick", "Stainless",
        "Ceramic", "Copper Core", "Blue Steel", "Enameled",
      ],
      sizes: { "8 in": 2499, "10 in": 3299, "12 in": 4199 },
      note: "Heats evenly and keeps its heat when the food goes in.",
    },
    {
      name: "Saucepan",
      varieties: ["Stainless", "Enameled", "Copper", "Nonstick", "Tri-Ply", "Glass Lid", "Pouring Lip", "Hammered"],
      sizes: { "1 qt": 2299, "2 qt": 2999, "3 qt": 3699 },
      note: "Marks inside for those who do not measure.",
    },
    {
      name: "Dutch Oven",
      varieties: ["Ember Red", "Ocean Blue", "Cream", "Forest Green", "Matte Black", "Mustard", "Slate", "Rosewood"],
      sizes: { "3 qt": 4999, "5 qt": 6999, "7 qt": 8999 },
      note: "For bread, beans and everything that takes all afternoon.",
    },
    {
      name: "Knife",
      varieties: ["Paring", "Santoku", "Bread", "Utility", "Boning", "Nakiri", "Carving", "Tomato"],
      sizes: { "4 in": 1499, "6 in": 2499, "8 in": 3999 },
      note: "High-carbon steel that takes an edge and keeps it.",
    },
    {
      name: "Cutting Board",
      varieties: ["Walnut", "Maple", "Bamboo", "Acacia", "Cork", "End Grain", "Recycled Plastic", "Olive Wood"],
      sizes: { "small": 1299, "medium": 2199, "large": 3299 },
      note: "Kind to blades, with a groove for the juice.",
    },
    {
      name: "Mug",
      varieties: [
        "Stoneware", "Speckled", "Enamel", "Porcelain",
        "Double-Walled Glass", "Terracotta", "Ribbed", "Bistro",
      ],
      sizes: { "8 fl oz": 899, "12 fl oz": 1099, "16 fl oz": 1299 },
      note: "A handle with room for the whole hand.",
    },
    {
      name: "Glass Jar",
      varieties: ["Clip-Top", "Screw-Lid", "Bamboo-Lid", "Square", "Tall", "Fermenting", "Spice", "Cork-Top"],
      sizes: { "8 oz": 399, "16 oz": 549, "32 oz": 749 },
      note: "Seals tightly and shows what is left.",
    },
    {
      name: "Mixing Bowl",
      varieties: ["Stainless", "Stoneware", "Glass", "Bamboo Fiber", "Melamine", "Copper", "Nesting", "Spouted"],
      sizes: { "1.5 qt": 1299, "3 qt": 1799, "5 qt": 2399 },
      note: "Wide at the bottom, so it stays where you stir.",
    },
    {
      name: "Wooden Spoon",
      varieties: ["Beech", "Olive Wood", "Cherry", "Slotted", "Corner", "Risotto", "Tasting", "Long-Handled"],
      sizes: { "10 in": 499, "12 in": 649, "14 in": 799 },
      note: "Oiled, smooth, and it never scratches a pan.",
    },
    {
      name: "Coffee Maker",
      varieties: [
        "Pour-Over", "French Press", "Moka", "Cold Brew",
        "Percolator", "Single-Cup Drip", "Vacuum", "Vietnamese Phin",
      ],
      sizes: { "2 cup": 1799, "4 cup": 2699, "8 cup": 3799 },
      note: "Few parts, and each of them can be cleaned.",
    },
    {
      name: "Kitchen Towels",
      varieties: ["Linen", "Waffle", "Striped", "Flour Sack", "Terry", "Checked", "Printed Lemon", "Herringbone"],
      sizes: { "1 ct": 699, "3 ct": 1499, "6 ct": 2499 },
      note: "Gets softer and thirstier with every wash.",
    },
    {
      name: "Baking Pan",
      varieties: ["Loaf", "Square", "Round Cake", "Muffin", "Bundt", "Sheet", "Springform", "Pie"],
      sizes: { "small": 1099, "medium": 1499, "large": 1999 },
      note: "Browns evenly and lets go without a fight.",
    },
  ],
};
