/** What the animals of the house ask for. */
import type { Range } from "../range.ts";
import { homeBrands } from "./brands.ts";

export const pets: Range = {
  name: "Pets",
  description: "Food, treats and toys for dogs, cats and smaller friends.",
  prefix: "PET",
  brands: homeBrands,
  styles: [
    { word: "", factor: 1, note: "" },
    { word: "Farmhouse", factor: 1.15, note: "From a small family business with animals of its own." },
    { word: "Trusty", factor: 1.05, note: "Four out of five came back for more." },
    { word: "Vet's Choice", factor: 1.3, note: "Chosen together with veterinarians." },
    { word: "Country", factor: 0.95, note: "Plain and good, as on the farm." },
    { word: "Premium", factor: 1.4, note: "For those who sleep on the bed." },
  ],
  openings: [
    "Tails agree on it: {name} by {brand}.",
    "For the one who waits at the door, {name} from {brand}.",
    "{brand} asked a hundred animals about {name}, and none complained.",
    "Made with the same care as ours: {name} by {brand}.",
    "A reason to come when called, {name} from {brand}.",
  ],
  closings: [
    "Fresh water should always be at hand.",
    "Store dry, and close the bag.",
    "Watch them while they enjoy it.",
    "Change over slowly, within a week.",
    "A part of the price goes to the shelter nearby.",
  ],
  kinds: [
    {
      name: "Dry Dog Food",
      varieties: [
        "Chicken and Rice", "Lamb", "Salmon", "Beef and Barley",
        "Puppy", "Senior", "Large Breed", "Small Breed",
      ],
      sizes: { "4 lb": 1199, "12 lb": 2799, "28 lb": 5299 },
      note: "Complete and balanced for every day.",
    },
    {
      name: "Wet Dog Food",
      varieties: [
        "Beef Stew", "Chicken Dinner", "Turkey and Pumpkin", "Lamb Pâté",
        "Duck", "Venison", "Salmon and Pea", "Puppy Chicken",
      ],
      sizes: { "5.5 oz": 199, "12.5 oz": 299, "12 x 12.5 oz": 3299 },
      note: "Chunks you can recognize, in a gravy that disappears first.",
    },
    {
      name: "Dry Cat Food",
      varieties: ["Indoor Chicken", "Ocean Fish", "Kitten", "Hairball", "Salmon", "Turkey", "Senior", "Sterilized"],
      sizes: { "3 lb": 1099, "7 lb": 2099, "16 lb": 3799 },
      note: "Small, crisp pieces that clean the teeth.",
    },
    {
      name: "Wet Cat Food",
      varieties: [
        "Tuna", "Chicken Shreds", "Salmon Pâté", "Turkey Giblets",
        "Sardine", "Duck and Liver", "Whitefish", "Beef",
      ],
      sizes: { "3 oz": 149, "5.5 oz": 219, "24 x 3 oz": 3199 },
      note: "Eaten to the last lick, says the plate.",
    },
    {
      name: "Dog Treats",
      varieties: [
        "Peanut Butter Biscuit", "Bacon Strip", "Chicken Jerky", "Sweet Potato",
        "Dental Bone", "Training Bites", "Pumpkin", "Beef Liver",
      ],
      sizes: { "6 oz": 599, "12 oz": 999, "24 oz": 1699 },
      note: "Small enough to be given often.",
    },
    {
      name: "Cat Treats",
      varieties: ["Crunchy Chicken", "Tuna Flake", "Salmon Puree", "Catnip", "Dental", "Cheese", "Shrimp", "Hairball"],
      sizes: { "2 oz": 299, "6 oz": 649, "16 oz": 1299 },
      note: "Two calories each, and they hear the bag from upstairs.",
    },
    {
      name: "Cat Litter",
      varieties: ["Clumping Clay", "Pine", "Walnut", "Corn", "Crystal", "Unscented", "Lavender", "Recycled Paper"],
      sizes: { "7 lb": 899, "14 lb": 1599, "28 lb": 2699 },
      note: "Low dust, and what it holds stays held.",
    },
    {
      name: "Dog Toy",
      varieties: ["Rope", "Squeaky Duck", "Rubber Bone", "Tennis Ball", "Tug Ring", "Plush Fox", "Puzzle", "Frisbee"],
      sizes: { "small": 599, "medium": 899, "large": 1299 },
      note: "Tested by a Labrador with nothing else to do.",
    },
    {
      name: "Cat Toy",
      varieties: [
        "Feather Wand", "Catnip Mouse", "Crinkle Ball", "Laser",
        "Spring", "Plush Fish", "Tunnel", "Cork Ball",
      ],
      sizes: { "1 ct": 399, "3 ct": 799, "6 ct": 1299 },
      note: "Best at four in the morning, as they see it.",
    },
    {
      name: "Pet Shampoo",
      varieties: ["Oatmeal", "Aloe", "Puppy", "Deodorizing", "White Coat", "Flea Guard", "Coconut", "Waterless"],
      sizes: { "8 fl oz": 749, "16 fl oz": 1199, "32 fl oz": 1899 },
      note: "Rinses out fast, before anyone shakes.",
    },
    {
      name: "Small Animal Food",
      varieties: ["Rabbit", "Guinea Pig", "Hamster", "Chinchilla", "Gerbil", "Ferret", "Rat", "Hedgehog"],
      sizes: { "2 lb": 799, "5 lb": 1499, "10 lb": 2499 },
      note: "Pressed pellets, so that nobody picks out the best.",
    },
    {
      name: "Bird Seed",
      varieties: ["Finch", "Parakeet", "Cockatiel", "Wild Bird", "Black Sunflower", "Nyjer", "Canary", "Cardinal"],
      sizes: { "2 lb": 599, "5 lb": 1099, "20 lb": 2799 },
      note: "Cleaned twice, with few husks and no fillers.",
    },
  ],
};
