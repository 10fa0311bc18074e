/** What the cold shelf holds. */
import type { Range } from "../range.ts";
import { foodBrands } from "./brands.ts";

export const dairy: Range = {
  name: "Dairy & Eggs",
  description: "Milk, cheese, yogurt, butter and eggs, and what replaces them.",
  prefix: "DAI",
  brands: foodBrands,
  styles: [
    { word: "", factor: 1, note: "" },
    { word: "Organic", factor: 1.25, note: "Certified organic, and checked every year." },
    { word: "Farmstead", factor: 1.2, note: "Made and packed on the farm itself." },
    { word: "Meadow", factor: 1.1, note: "From farms with more grass than concrete." },
    { word: "Signature", factor: 1.3, note: "The one that made their name." },
    { word: "Valley", factor: 0.95, note: "Collected from a dozen small farms of one valley." },
  ],
  openings: [
    "Fresh from the cold chain: {name} by {brand}.",
    "{brand} needs no long list of ingredients for {name}.",
    "A staple of every good refrigerator, {name} from {brand}.",
    "Mild, clean and fresh: {name} by {brand}.",
    "For breakfast, lunch or midnight: {name} from {brand}.",
  ],
  closings: [
    "Keep refrigerated below 40 °F.",
    "Use within five days of opening.",
    "Delivered three times a week.",
    "Back in the refrigerator right after use, please.",
    "Also good in sauces and baking.",
  ],
  kinds: [
    {
      name: "Milk",
      varieties: [
        "Whole", "Two Percent", "One Percent", "Skim",
        "Lactose-Free", "Chocolate", "A2 Whole", "Vanilla Bean",
      ],
      sizes: { "16 fl oz": 199, "half gal": 399, "1 gal": 599 },
      note: "Gently pasteurized, and on the shelf within two days.",
    },
    {
      name: "Plant Drink",
      varieties: ["Barista Oat", "Unsweetened Almond", "Soy", "Coconut", "Cashew", "Pea Protein", "Hemp", "Rice"],
      sizes: { "16 fl oz": 279, "32 fl oz": 429, "64 fl oz": 599 },
      note: "Foams, pours and keeps its manners in hot coffee.",
    },
    {
      name: "Greek Yogurt",
      varieties: ["Plain", "Honey", "Vanilla", "Strawberry", "Peach", "Black Cherry", "Key Lime", "Fig"],
      sizes: { "5.3 oz": 179, "16 oz": 449, "32 oz": 749 },
      note: "Strained twice, so a spoon stands in it.",
    },
    {
      name: "Drinkable Yogurt",
      varieties: ["Mango", "Mixed Berry", "Banana", "Guava", "Blueberry", "Raspberry", "Passion Fruit", "Coconut Lime"],
      sizes: { "7 fl oz": 219, "12 fl oz": 329, "32 fl oz": 599 },
      note: "Live cultures, real fruit, and a cap that closes again.",
    },
    {
      name: "Butter",
      varieties: ["Salted", "Unsalted", "Cultured", "Sea Salt Flake", "Whipped", "Garlic Herb", "Maple", "Clarified"],
      sizes: { "8 oz": 449, "1 lb": 749, "2 lb": 1399 },
      note: "Churned slowly to 84 percent fat; pastry notices.",
    },
    {
      name: "Cheddar",
      varieties: ["Mild", "Medium", "Sharp", "Extra Sharp", "White", "Smoked", "Horseradish", "Cave-Aged"],
      sizes: { "6 oz": 449, "8 oz": 579, "1 lb": 1049 },
      note: "Firm enough to slice and willing to melt.",
    },
    {
      name: "Soft Cheese",
      varieties: [
        "Brie", "Camembert", "Herbed Goat", "Ash-Ripened Goat",
        "Cranberry Goat", "Burrata", "Mascarpone", "Robiola",
      ],
      sizes: { "4 oz": 549, "8 oz": 849, "12 oz": 1199 },
      note: "Take it out an hour early and let it come to itself.",
    },
    {
      name: "Shredded Cheese",
      varieties: [
        "Mozzarella", "Four Cheese Mexican", "Parmesan", "Monterey Jack",
        "Italian Blend", "Pepper Jack", "Gruyère", "Colby",
      ],
      sizes: { "6 oz": 379, "8 oz": 449, "16 oz": 799 },
      note: "Shredded from the block, without wood fiber or surprises.",
    },
    {
      name: "Cream Cheese",
      varieties: [
        "Original", "Chive", "Scallion", "Smoked Salmon",
        "Strawberry Swirl", "Jalapeño", "Honey Walnut", "Garden Vegetable",
      ],
      sizes: { "6 oz": 329, "8 oz": 399, "12 oz": 549 },
      note: "Spreads straight from the refrigerator.",
    },
    {
      name: "Eggs",
      varieties: [
        "Large Brown", "Large White", "Extra Large", "Jumbo",
        "Pasture-Raised", "Cage-Free", "Heirloom Blue", "Omega-3",
      ],
      sizes: { "6 ct": 299, "12 ct": 499, "18 ct": 699 },
      note: "Checked one by one, stamped with the day they were laid.",
    },
    {
      name: "Cream",
      varieties: [
        "Heavy Whipping", "Half and Half", "Light", "Sour",
        "Crème Fraîche", "Clotted", "Vanilla Whipped", "Oat Cooking",
      ],
      sizes: { "8 fl oz": 279, "16 fl oz": 449, "32 fl oz": 749 },
      note: "A spoonful makes a soup, two make a dessert.",
    },
    {
      name: "Cottage Cheese",
      varieties: [
        "Small Curd", "Large Curd", "Low-Fat", "Pineapple",
        "Chive and Pepper", "Whipped Plain", "Peach Topped", "Whole Milk",
      ],
      sizes: { "5 oz": 189, "16 oz": 379, "24 oz": 499 },
      note: "Plenty of protein, mild enough for toast or fruit.",
    },
  ],
};
