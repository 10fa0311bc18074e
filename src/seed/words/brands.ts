/** Invented brands: those of the food shelves, and those of everything around the house. */

export const foodBrands = [
  "Harbor Lane", "Old Mill", "Casa Verano", "Juniper & Rye", "Blue Heron", "Tía Marisol", "Sunny Acre", "Maple Hollow",
  "Golden Ladle", "Fern & Field", "Little Lighthouse", "Brightwater", "Cedar Row", "Three Magpies", "Hilltop Orchard",
  "Stonebridge", "Corner Table", "Abuela Rosa", "Salt & Thistle", "Ninth Avenue", "Marlowe's", "Paper Lantern",
  "Quiet Creek", "Foxglove", "Red Barn Road", "Saltmarsh", "Tamarind House", "Velvet Plum", "Willow Bend", "Amber Gate",
  "Birch & Barley", "Clover Hill", "Dune Street", "Eastgate", "Figtree", "Granite Falls", "Honey Hollow", "Ivy Court",
  "Jasper & June", "Kestrel", "Larkspur", "Meadow Post", "Night Market", "Orchard Bell", "Pennywhistle", "Rosalind's",
  "Sparrow & Pine", "Two Bridges", "Uncle Teo's", "Windmill Lane",
] as const;

export const homeBrands = [
  "Alder & Ash", "Basin Street", "Bluebell", "Calm Harbor", "Cotton Row", "Daymark", "Elm & Ember", "Fairweather",
  "Gentle Tide", "Hearthside", "Inkwell", "Juno Lane", "Kind Corner", "Linden", "Morning Porch", "Nettle & Oak",
  "Open Window", "Pebble Beach Road", "Quill & Clay", "Rainshed", "Silver Birch", "Tidy Fox", "Upper Landing",
  "Valley Loom", "White Gable", "Yarrow", "Zephyr House", "Acorn Street", "Brass Button", "Cloudberry", "Dovecote",
  "Evenfall", "Feather & Fir", "Good Neighbor", "Hazel Court", "Iron Gate", "Jolly Robin", "Knot & Grain",
  "Lantern Hill", "Mill Pond", "North Window", "Olive Row", "Pine & Pepper", "Rowan", "Sea Glass", "Thimble", "Umber",
  "Vesper", "Wicker & Wool", "Sixth Street",
] as const;
