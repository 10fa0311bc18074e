/** What stands on the shelf of coffee and tea. */
import type { Range } from "../range.ts";
import { foodBrands } from "./brands.ts";

export const coffeeAndTea: Range = {
  name: "Coffee & Tea",
  description: "Beans, grounds, leaves and everything else that mornings are made of.",
  prefix: "COF",
  brands: foodBrands,
  styles: [
    { word: "", factor: 1, note: "" },
    { word: "Organic", factor: 1.2, note: "Certified organic from farm to bag." },
    { word: "Fair Trade", factor: 1.15, note: "The growers are paid a fair price, and it says so on the label." },
    { word: "Small Batch", factor: 1.25, note: "Made in batches small enough to taste every one." },
    { word: "Reserve", factor: 1.35, note: "A limited lot, picked late and sorted by hand." },
    { word: "Everyday", factor: 0.9, note: "Priced for the pot that is never empty." },
  ],
  openings: [
    "For slow mornings: {name} by {brand}.",
    "A favorite of the neighborhood, {name} from {brand}.",
    "{brand} knows its way around a cup: {name}.",
    "Warm, fragrant and honest: {name} by {brand}.",
    "A cup worth getting up for, {name} from the people at {brand}.",
  ],
  closings: [
    "Keep it closed, cool and dry.",
    "Best within six weeks of opening.",
    "Try it with a little oat milk, or just as it is.",
    "Goes well with anything from the bakery shelf.",
    "A good one to bring when you visit.",
  ],
  kinds: [
    {
      name: "Whole Bean Coffee",
      varieties: [
        "Ethiopian Sidamo", "Colombian Huila", "Guatemala Antigua", "Sumatra Mandheling",
        "Kenya AA", "Costa Rica Tarrazú", "Peru Cajamarca", "House Blend",
      ],
      sizes: { "8 oz": 849, "12 oz": 1199, "2 lb": 2699 },
      note: "Roasted in small drums and rested for two days, so the aroma is still there when you open the bag.",
    },
    {
      name: "Ground Coffee",
      varieties: [
        "Breakfast Blend", "French Roast", "Vienna Roast", "Hazelnut",
        "Cinnamon Vanilla", "Dark Chocolate", "Mexican Chiapas", "Half-Caff",
      ],
      sizes: { "10 oz": 799, "12 oz": 949, "28 oz": 1799 },
      note: "Ground medium, right for drip machines and pour-over.",
    },
    {
      name: "Espresso Beans",
      varieties: [
        "Napoli", "Milano", "Roma", "Trieste",
        "Brazil Cerrado", "India Monsoon", "Honduras Copán", "Midnight",
      ],
      sizes: { "8 oz": 949, "1 lb": 1699, "2 lb": 2999 },
      note: "Pulls a thick crema and stays sweet to the last sip.",
    },
    {
      name: "Decaf Coffee",
      varieties: [
        "Mountain Water", "Evening Blend", "Swiss Style", "Colombian Dark",
        "Vanilla Nut", "Caramel", "Sugarcane Process", "Mellow Morning",
      ],
      sizes: { "8 oz": 899, "12 oz": 1249, "1 lb": 1549 },
      note: "The caffeine is taken out without solvents, the taste is left in.",
    },
    {
      name: "Coffee Pods",
      varieties: [
        "Lungo", "Ristretto", "Intenso", "Smooth Roast",
        "Salted Caramel", "Toasted Coconut", "Donut Shop", "Pecan Praline",
      ],
      sizes: { "10 ct": 649, "24 ct": 1399, "48 ct": 2499 },
      note: "The pods are made from plants and may go into the compost.",
    },
    {
      name: "Cold Brew Concentrate",
      varieties: [
        "Original", "Chicory", "Mocha", "Madagascar Vanilla",
        "Maple", "Black Walnut", "Cardamom", "Extra Dark",
      ],
      sizes: { "16 fl oz": 699, "32 fl oz": 1149, "64 fl oz": 1899 },
      note: "Steeped cold for eighteen hours; mix one part with two parts of water or milk.",
    },
    {
      name: "Black Tea Bags",
      varieties: [
        "English Breakfast", "Earl Grey", "Irish Breakfast", "Assam Gold",
        "Darjeeling", "Ceylon Highlands", "Lemon Twist", "Lapsang Smoke",
      ],
      sizes: { "20 ct": 449, "40 ct": 749, "100 ct": 1499 },
      note: "Four minutes in water just off the boil give a strong, bright cup.",
    },
    {
      name: "Green Tea Bags",
      varieties: [
        "Sencha", "Jasmine Pearl", "Genmaicha", "Mint Gunpowder",
        "Dragonwell", "Peach Blossom", "Ginger Lemongrass", "Yuzu",
      ],
      sizes: { "20 ct": 479, "40 ct": 799, "100 ct": 1599 },
      note: "Steep it below boiling, and it stays sweet instead of bitter.",
    },
    {
      name: "Herbal Tea",
      varieties: [
        "Chamomile", "Peppermint", "Rooibos Vanilla", "Hibiscus Rose",
        "Lemon Verbena", "Ginger Turmeric", "Sleepy Lavender", "Fennel Anise",
      ],
      sizes: { "16 ct": 429, "32 ct": 729, "64 ct": 1249 },
      note: "Free of caffeine, for any hour of the day.",
    },
    {
      name: "Loose Leaf Tea",
      varieties: [
        "Oolong", "White Peony", "Keemun", "Pu-erh",
        "Nilgiri", "Silver Needle", "Orange Pekoe", "Russian Caravan",
      ],
      sizes: { "2 oz": 699, "4 oz": 1199, "8 oz": 1999 },
      note: "Whole leaves that open slowly and can be steeped twice.",
    },
    {
      name: "Chai Mix",
      varieties: ["Masala", "Vanilla", "Spiced Apple", "Saffron", "Coconut", "Pumpkin", "Dirty", "Ginger Snap"],
      sizes: { "10 oz": 749, "14 oz": 949, "32 oz": 1799 },
      note: "Cardamom, clove and black pepper do the talking.",
    },
    {
      name: "Hot Chocolate",
      varieties: [
        "Oaxacan", "Dutch Cocoa", "Peppermint Bark", "Dark Seventy",
        "Milk and Honey", "Marshmallow", "Orange Zest", "Chili Cinnamon",
      ],
      sizes: { "8 oz": 599, "12 oz": 849, "24 oz": 1499 },
      note: "Real cocoa and very little sugar, so that you may add your own.",
    },
  ],
};
