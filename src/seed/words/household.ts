/** What keeps a home clean. */
import type { Range } from "../range.ts";
import { homeBrands } from "./brands.ts";

export const household: Range = {
  name: "Household",
  description: "Cleaning, paper and laundry, from the first sponge to the last light bulb.",
  prefix: "HOU",
  brands: homeBrands,
  styles: [
    { word: "", factor: 1, note: "" },
    { word: "Eco", factor: 1.15, note: "Made with a third less packaging." },
    { word: "Reliable", factor: 1.1, note: "Works on the first day and on the last." },
    { word: "Simple", factor: 0.95, note: "No more to it than it takes." },
    { word: "Everyday", factor: 0.9, note: "A fair price for something you need each week." },
    { word: "Pro", factor: 1.3, note: "The one that the janitor buys." },
  ],
  openings: [
    "One thing less to worry about: {name} by {brand}.",
    "For a home that is lived in, {name} from {brand}.",
    "{brand} keeps its promises with {name}.",
    "Quick, thorough and easy to store: {name} by {brand}.",
    "The shelf under the sink is not complete without {name} from {brand}.",
  ],
  closings: [
    "Keep out of reach of children.",
    "Read the label before use.",
    "The package is made of recycled material.",
    "Buy the larger one and save a trip.",
    "Tested at home, not on animals.",
  ],
  kinds: [
    {
      name: "Dish Soap",
      varieties: ["Lemon", "Lavender", "Unscented", "Green Apple", "Grapefruit", "Sea Breeze", "Basil", "Cucumber"],
      sizes: { "16 fl oz": 329, "24 fl oz": 449, "64 fl oz": 899 },
      note: "A few drops cut the grease of a whole dinner.",
    },
    {
      name: "Laundry Detergent",
      varieties: [
        "Fresh Linen", "Free and Clear", "Spring Meadow", "Cold Water",
        "Baby", "Lavender Field", "Sport", "Color Guard",
      ],
      sizes: { "32 loads": 899, "64 loads": 1599, "96 loads": 2199 },
      note: "Works in cold water and rinses out completely.",
    },
    {
      name: "Paper Towels",
      varieties: [
        "Full Sheet", "Select-a-Size", "Recycled", "Bamboo",
        "Quilted", "Printed", "Extra Absorbent", "Unbleached",
      ],
      sizes: { "2 rolls": 499, "6 rolls": 1199, "12 rolls": 2099 },
      note: "Strong when wet, and it does not shed.",
    },
    {
      name: "Toilet Paper",
      varieties: ["Two-Ply", "Three-Ply", "Recycled", "Bamboo", "Septic-Safe", "Quilted", "Mega Roll", "Unbleached"],
      sizes: { "4 rolls": 499, "12 rolls": 1199, "24 rolls": 2099 },
      note: "Soft, strong and never around when you forget it.",
    },
    {
      name: "All-Purpose Cleaner",
      varieties: [
        "Citrus", "Pine", "Eucalyptus", "Vinegar",
        "Orange Peel", "Rosemary", "Fragrance-Free", "Lemon Verbena",
      ],
      sizes: { "16 fl oz": 399, "28 fl oz": 549, "1 gal": 1399 },
      note: "For counters, tiles and whatever the cat walked over.",
    },
    {
      name: "Glass Cleaner",
      varieties: ["Streak-Free", "Ammonia-Free", "Lemon", "Vinegar", "Foaming", "Mint", "Outdoor", "Screen-Safe"],
      sizes: { "16 fl oz": 349, "23 fl oz": 449, "67 fl oz": 899 },
      note: "Wipe once and see who is at the door.",
    },
    {
      name: "Trash Bags",
      varieties: ["Drawstring", "Lavender", "Compostable", "Flex", "Lemon", "Clear", "Odor Shield", "Twist-Tie"],
      sizes: { "4 gal, 30 ct": 499, "13 gal, 45 ct": 999, "30 gal, 25 ct": 1199 },
      note: "Stretches before it tears.",
    },
    {
      name: "Sponges",
      varieties: ["Scrub", "Cellulose", "Non-Scratch", "Walnut Shell", "Dish Wand", "Bath Tile", "Loofah", "Pop-Up"],
      sizes: { "2 ct": 249, "6 ct": 499, "12 ct": 849 },
      note: "One side for plates, the other for pans.",
    },
    {
      name: "LED Bulbs",
      varieties: ["Soft White", "Daylight", "Warm Dim", "Filament", "Candelabra", "Floodlight", "Globe", "Three-Way"],
      sizes: { "1 ct": 399, "2 ct": 699, "4 ct": 1199 },
      note: "Lasts for ten years at three hours a day.",
    },
    {
      name: "Batteries",
      varieties: [
        "AA Alkaline", "AAA Alkaline", "C Alkaline", "D Alkaline",
        "9V Alkaline", "AA Rechargeable", "AAA Rechargeable", "CR2032 Coin",
      ],
      sizes: { "2 ct": 499, "4 ct": 799, "8 ct": 1399 },
      note: "Holds its charge for years in the drawer.",
    },
    {
      name: "Candles",
      varieties: [
        "Cedarwood", "Vanilla", "Fig Leaf", "Beeswax",
        "Sandalwood", "Linen", "Orange Blossom", "Unscented Taper",
      ],
      sizes: { "4 oz": 799, "8 oz": 1299, "14 oz": 1999 },
      note: "Cotton wick, even burn, no soot on the ceiling.",
    },
    {
      name: "Storage Bags",
      varieties: ["Sandwich", "Snack", "Freezer", "Slider", "Double Zip", "Silicone", "Paper", "Stand-Up"],
      sizes: { "20 ct": 349, "50 ct": 649, "100 ct": 1099 },
      note: "Closes with a click that you can hear.",
    },
  ],
};
