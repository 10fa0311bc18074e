/** What was in the field a few days ago. */
import type { Range } from "../range.ts";
import { foodBrands } from "./brands.ts";

export const produce: Range = {
  name: "Produce",
  description: "Fruit and vegetables, sorted every morning.",
  prefix: "PRO",
  brands: foodBrands,
  styles: [
    { word: "", factor: 1, note: "" },
    { word: "Organic", factor: 1.3, note: "Grown without synthetic sprays and certified for it." },
    { word: "Local", factor: 1.15, note: "Grown less than a hundred miles from the store." },
    { word: "Heirloom", factor: 1.35, note: "An old line that tastes better than it travels." },
    { word: "Hand-Picked", factor: 1.2, note: "Picked by hand when ripe, not a day before." },
    { word: "Crooked", factor: 0.8, note: "Not pretty enough for the beauty contest, and cheaper for it." },
  ],
  openings: [
    "Straight from the growers of {brand}: {name}.",
    "In season now: {name} by {brand}.",
    "Crisp, ripe and ready, {name} from {brand}.",
    "{brand} drives at night to bring {name} in fresh.",
    "The market table at its best: {name} from {brand}.",
  ],
  closings: [
    "Wash before eating.",
    "Keeps for about five days in the crisper.",
    "Sorted by hand every morning.",
    "Ask at the counter how to prepare it.",
    "Lovely raw, and even better roasted.",
  ],
  kinds: [
    {
      name: "Apples",
      varieties: ["Gala", "Fuji", "Granny Smith", "Honeycrisp", "Braeburn", "Golden Russet", "McIntosh", "Winesap"],
      sizes: { "1 lb": 249, "3 lb": 599, "5 lb": 899 },
      note: "Firm, juicy and good for the lunch box.",
    },
    {
      name: "Citrus",
      varieties: [
        "Navel Orange", "Blood Orange", "Ruby Grapefruit", "Meyer Lemon",
        "Persian Lime", "Clementine", "Satsuma", "Pomelo",
      ],
      sizes: { "1 lb": 279, "2 lb": 499, "4 lb": 849 },
      note: "Heavy for its size, which means juice.",
    },
    {
      name: "Berries",
      varieties: [
        "Strawberry", "Blueberry", "Raspberry", "Blackberry",
        "Gooseberry", "Red Currant", "Boysenberry", "Mixed",
      ],
      sizes: { "6 oz": 399, "12 oz": 649, "18 oz": 899 },
      note: "Picked into the tray that you take home, to spare them a move.",
    },
    {
      name: "Tomatoes",
      varieties: ["Cherry", "Roma", "Beefsteak", "Campari", "Brandywine", "Green Zebra", "San Marzano", "Sungold"],
      sizes: { "10 oz": 349, "1 lb": 449, "2 lb": 799 },
      note: "Never keep them in the refrigerator; they lose their perfume.",
    },
    {
      name: "Salad Greens",
      varieties: [
        "Baby Spinach", "Wild Arugula", "Spring Mix", "Butter Lettuce",
        "Romaine Heart", "Watercress", "Frisée", "Baby Kale",
      ],
      sizes: { "5 oz": 349, "8 oz": 479, "16 oz": 749 },
      note: "Washed three times and dried, ready for the bowl.",
    },
    {
      name: "Potatoes",
      varieties: [
        "Yukon Gold", "Russet", "Red Bliss", "Fingerling",
        "Purple Majesty", "Sweet", "Japanese Sweet", "Baby Creamer",
      ],
      sizes: { "1.5 lb": 299, "3 lb": 449, "5 lb": 599 },
      note: "Keep them in the dark, away from the onions.",
    },
    {
      name: "Onions and Garlic",
      varieties: ["Yellow", "Red", "Vidalia Sweet", "Pearl", "Shallot", "Elephant", "Purple Stripe", "Cipollini"],
      sizes: { "8 oz": 199, "1 lb": 299, "3 lb": 549 },
      note: "The beginning of nearly every good dinner.",
    },
    {
      name: "Peppers",
      varieties: ["Red Bell", "Yellow Bell", "Poblano", "Shishito", "Jalapeño", "Habanero", "Serrano", "Sweet Mini"],
      sizes: { "4 oz": 199, "8 oz": 329, "1 lb": 549 },
      note: "Shiny skins, thick walls, no soft spots.",
    },
    {
      name: "Mushrooms",
      varieties: [
        "Cremini", "Shiitake", "Oyster", "Portobello",
        "White Button", "King Trumpet", "Maitake", "Chanterelle",
      ],
      sizes: { "4 oz": 329, "8 oz": 549, "1 lb": 949 },
      note: "Brush them clean, do not drown them.",
    },
    {
      name: "Fresh Herbs",
      varieties: ["Genovese Basil", "Cilantro", "Flat Parsley", "Rosemary", "Thyme", "Dill", "Spearmint", "Sage"],
      sizes: { "0.75 oz": 229, "1.5 oz": 349, "4 oz": 699 },
      note: "Stand the stems in water and they last the week.",
    },
    {
      name: "Tropical Fruit",
      varieties: [
        "Ataulfo Mango", "Golden Pineapple", "Green Papaya", "Dragon",
        "Red Banana", "Plantain", "Hass Avocado", "Passion",
      ],
      sizes: { "1 ct": 199, "2 ct": 379, "4 ct": 699 },
      note: "Give it a day or two on the counter until it yields to the thumb.",
    },
    {
      name: "Root Vegetables",
      varieties: [
        "Rainbow Carrot", "Golden Beet", "Parsnip", "Daikon",
        "Celeriac", "Rutabaga", "Easter Egg Radish", "Chioggia Beet",
      ],
      sizes: { "1 lb": 249, "2 lb": 429, "5 lb": 849 },
      note: "Sweet after a frost, and patient in a cool cellar.",
    },
  ],
};
