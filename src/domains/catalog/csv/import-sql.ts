/**
 * The SQL that brings a batch of a product file into the catalog.
 *
 * Only rows that differ are locked and written: the same file again writes nothing, and raises no version. A SKU says
 * which product is meant, whatever its case; the product keeps its own.
 */

export const STAGED = "staged_products_file (line, id, sku, title, description, price, category_id, featured, active)";

export const CREATE_STAGED = `
  CREATE TEMPORARY TABLE IF NOT EXISTS staged_products_file (
    line integer, id uuid, sku text, title text, description text, price bigint, category_id uuid, featured boolean,
    active boolean
  ) ON COMMIT DELETE ROWS`;

/** Every SKU of the file, in lower case, with its first good line; it lives as long as the connection. */
export const CREATE_SEEN = "CREATE TEMPORARY TABLE seen_skus (folded text PRIMARY KEY, line integer NOT NULL)";

export const NOTE_SEEN = `
  INSERT INTO seen_skus (folded, line) SELECT lower(sku), min(line) FROM staged_products_file GROUP BY lower(sku) ON CONFLICT DO NOTHING`;

export const DROP_REPEATED = `
  DELETE FROM staged_products_file AS staged USING seen_skus AS seen
  WHERE seen.folded = lower(staged.sku) AND seen.line <> staged.line
  RETURNING staged.line, staged.sku, seen.line AS first_line`;

const PRODUCTS = "catalog.products AS product ON lower(product.sku) = lower(staged.sku) AND product.deleted_at IS NULL";

const DIFFERS = `
  (product.title, product.description, product.price, product.category_id, product.featured, product.active)
  IS DISTINCT FROM (
    staged.title, coalesce(staged.description, product.description), staged.price, staged.category_id,
    coalesce(staged.featured, product.featured), coalesce(staged.active, product.active)
  )`;

/** Before the products that they are written into are locked, as by everybody. */
export const HOLD_NAMES = "SELECT catalog.hold_names(array_agg(DISTINCT category_id)) FROM staged_products_file";

/** In the order of their ids, so that two imports at once wait for each other and never in a circle. */
export const LOCK_CHANGED = `
  SELECT product.id FROM staged_products_file AS staged JOIN ${PRODUCTS}
  WHERE ${DIFFERS} ORDER BY product.id FOR NO KEY UPDATE OF product`;

export const WRITE = `
  WITH written AS (
    INSERT INTO catalog.products AS kept (id, sku, title, description, price, category_id, featured, active)
    SELECT staged.id, staged.sku, staged.title, coalesce(staged.description, product.description, ''), staged.price,
      staged.category_id, coalesce(staged.featured, product.featured, false), coalesce(staged.active, product.active, true)
    FROM staged_products_file AS staged LEFT JOIN ${PRODUCTS}
    WHERE product.id IS NULL OR ${DIFFERS}
    ORDER BY product.id, lower(staged.sku)
    ON CONFLICT (lower(sku)) WHERE deleted_at IS NULL DO UPDATE SET
      title = excluded.title, description = excluded.description, price = excluded.price,
      category_id = excluded.category_id, featured = excluded.featured, active = excluded.active,
      version = kept.version + 1, updated_at = now()
    -- Somebody else may have made the same product meanwhile.
    WHERE (kept.title, kept.description, kept.price, kept.category_id, kept.featured, kept.active)
      IS DISTINCT FROM (
        excluded.title, excluded.description, excluded.price, excluded.category_id, excluded.featured, excluded.active
      )
    RETURNING xmax = 0 AS added, title || ' ' || description AS text, words
  )
  SELECT count(*) FILTER (WHERE added)::integer AS added, count(*) FILTER (WHERE NOT added)::integer AS changed,
    -- All at once and in one order; the triggers would learn them product by product. The stems are in the vectors already.
    catalog.learn_all(array_agg(text) FILTER (WHERE EXISTS (
      SELECT FROM unnest(tsvector_to_array(words)) AS term (stem)
      WHERE NOT EXISTS (SELECT FROM catalog.lexicon known WHERE known.stem = term.stem)
    )))
  FROM written`;
