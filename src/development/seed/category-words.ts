/** How the words of a category are laid out: brand × style × variety × kind × size make its titles. */

export interface Range {
  /** The category's name. */
  name: string;
  description: string;
  /** Three letters that its SKUs begin with. */
  prefix: string;
  brands: readonly string[];
  styles: readonly Style[];
  /** First sentences of a description; {brand} and {name} (variety and kind) are filled in. */
  openings: readonly string[];
  /** Last sentences of a description. */
  closings: readonly string[];
  kinds: readonly Kind[];
}

export interface Style {
  /** In the title, before the variety; empty for the plain one. */
  word: string;
  /** Multiplies the price. */
  factor: number;
  /** A sentence of the description; empty for the plain one. */
  note: string;
}

export interface Kind {
  name: string;
  varieties: readonly string[];
  /** The price in hundredths of a dollar. */
  sizes: readonly { size: string; price: number }[];
  /** A sentence of the description that is true of every variety. */
  note: string;
}
