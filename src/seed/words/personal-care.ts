/** What stands beside the mirror. */
import type { Range } from "../range.ts";
import { homeBrands } from "./brands.ts";

export const personalCare: Range = {
  name: "Personal Care",
  description: "Soap, hair, teeth and skin.",
  prefix: "CAR",
  brands: homeBrands,
  styles: [
    { word: "", factor: 1, note: "" },
    { word: "Natural", factor: 1.15, note: "Made from plants and minerals wherever that is possible." },
    { word: "Sensitive", factor: 1.1, note: "Made for those who react to everything." },
    { word: "Daily", factor: 0.9, note: "Made to be used every day." },
    { word: "Spa", factor: 1.25, note: "As they have it in the good hotels." },
    { word: "Travel-Ready", factor: 1.05, note: "Packed so that nothing happens in the bag." },
  ],
  openings: [
    "Good mornings start here: {name} by {brand}.",
    "Simple care that works, {name} from {brand}.",
    "{brand} leaves out what nobody needs in {name}.",
    "A small luxury at a fair price: {name} by {brand}.",
    "For the whole family, {name} from {brand}.",
  ],
  closings: [
    "For external use only.",
    "Not tested on animals.",
    "Avoid contact with the eyes.",
    "Refill it and save the bottle.",
    "Stop using it if your skin disagrees.",
  ],
  kinds: [
    {
      name: "Bar Soap",
      varieties: ["Oatmeal", "Lavender", "Charcoal", "Goat Milk", "Olive", "Rose Clay", "Peppermint", "Sea Salt"],
      sizes: { "4 oz": 449, "3 x 4 oz": 1099, "8 oz": 749 },
      note: "Cured for six weeks, so it lasts.",
    },
    {
      name: "Hand Wash",
      varieties: [
        "Lemon Thyme", "Coconut", "Eucalyptus Mint", "Almond",
        "Grapefruit", "Fragrance-Free", "Geranium", "Honey",
      ],
      sizes: { "8 fl oz": 499, "12 fl oz": 649, "34 fl oz": 1299 },
      note: "Cleans without that tight feeling.",
    },
    {
      name: "Shampoo",
      varieties: ["Argan Oil", "Tea Tree", "Aloe", "Chamomile", "Rosemary", "Coconut Milk", "Biotin", "Curl Defining"],
      sizes: { "3 fl oz": 399, "12 fl oz": 799, "25 fl oz": 1399 },
      note: "No sulfates, and still plenty of foam.",
    },
    {
      name: "Conditioner",
      varieties: [
        "Shea Butter", "Avocado", "Keratin", "Jojoba",
        "Moisture Lock", "Leave-In", "Color Care", "Detangling",
      ],
      sizes: { "3 fl oz": 399, "12 fl oz": 849, "25 fl oz": 1449 },
      note: "Two minutes, and the comb goes through.",
    },
    {
      name: "Body Lotion",
      varieties: [
        "Cocoa Butter", "Oat", "Vanilla", "Aloe and Cucumber",
        "Almond Milk", "Unscented", "Mango", "Lavender",
      ],
      sizes: { "3 fl oz": 449, "10 fl oz": 849, "18 fl oz": 1299 },
      note: "Sinks in before you are dressed.",
    },
    {
      name: "Toothpaste",
      varieties: [
        "Peppermint", "Spearmint", "Cinnamon", "Whitening",
        "Charcoal", "Bubblegum", "Fluoride-Free Fennel", "Enamel Repair",
      ],
      sizes: { "2 oz": 299, "4 oz": 449, "6 oz": 599 },
      note: "Dentists recommend two minutes, twice a day.",
    },
    {
      name: "Toothbrush",
      varieties: ["Soft", "Medium", "Extra Soft", "Bamboo", "Charcoal Bristle", "Compact Head", "Kids", "Angled"],
      sizes: { "1 ct": 349, "2 ct": 599, "4 ct": 999 },
      note: "Rounded bristles and a handle that does not slip.",
    },
    {
      name: "Deodorant",
      varieties: [
        "Fresh Cotton", "Cedar", "Citrus", "Aluminum-Free",
        "Bergamot", "Unscented", "Cucumber Melon", "Sport",
      ],
      sizes: { "1.6 oz": 499, "2.6 oz": 649, "2 x 2.6 oz": 1199 },
      note: "Leaves no marks on black or white.",
    },
    {
      name: "Sunscreen",
      varieties: [
        "SPF 30 Sport", "SPF 50 Mineral", "SPF 50 Kids", "SPF 30 Face",
        "SPF 70 Dry Touch", "SPF 15 Daily", "SPF 50 Reef-Safe", "SPF 30 Tinted",
      ],
      sizes: { "1.7 fl oz": 899, "3 fl oz": 1099, "8 fl oz": 1799 },
      note: "Broad spectrum; put on more after swimming.",
    },
    {
      name: "Lip Balm",
      varieties: ["Beeswax", "Cherry", "Mint", "Vanilla", "Coconut", "Pomegranate", "SPF 15", "Honey"],
      sizes: { "1 ct": 299, "2 ct": 499, "4 ct": 899 },
      note: "Fits every pocket and survives the wash, once.",
    },
    {
      name: "Shaving Cream",
      varieties: ["Menthol", "Sandalwood", "Aloe", "Lime", "Unscented", "Lavender", "Bay Rum", "Cedar"],
      sizes: { "3 oz": 449, "7 oz": 599, "10 oz": 749 },
      note: "A dense lather that lets the blade glide.",
    },
    {
      name: "Bath Salts",
      varieties: [
        "Eucalyptus", "Rose Petal", "Epsom", "Dead Sea",
        "Chamomile", "Muscle Relief", "Orange Ginger", "Milk and Oat",
      ],
      sizes: { "8 oz": 599, "1 lb": 899, "3 lb": 1699 },
      note: "Half a cup, hot water, closed door.",
    },
  ],
};
