/**
 * The e-mails' templates: plain files with {{placeholders}}, and {{#parts}} … {{/parts}} for each of a list.
 *
 * Everything is replaced in one pass, so that a product named "{{total}}" stays a product. The first line of a text
 * template is the subject, that of an HTML one the document's title; parts/layout.html is around all of these. {{> part}},
 * on a line of its own, is a file of parts/ that several templates share.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export interface Values {
  [name: string]: string | Values[];
}

export interface Template {
  text: string;
  html: string;
}

const FOLDER = path.join(import.meta.dirname, "templates");
const MARK = /\{\{#(\w+)\}\}\n?([\s\S]*?)\{\{\/\1\}\}\n?|\{\{(\w+)\}\}/g;
const PART = /^\{\{> (\w+)\}\}\n/gm;
const TITLED = /^Title: (.+)\n\n([\s\S]*)$/;
const HTML_ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** By the type of their event: order-confirmed.txt and .html are those of ORDER_CONFIRMED. */
export function loadTemplates(): ReadonlyMap<string, Template> {
  const names = readdirSync(FOLDER)
    .filter((file) => file.endsWith(".txt"))
    .map((file) => path.basename(file, ".txt"));
  const layout = read("parts/layout.html");
  return new Map(
    names.map((name) => [typeOf(name), { text: read(`${name}.txt`), html: laidOut(layout, read(`${name}.html`)) }]),
  );
}

function laidOut(layout: string, html: string): string {
  const [, title, content] = TITLED.exec(html) ?? [];
  if (title === undefined || content === undefined) throw new TypeError("an HTML template begins with no title");
  return layout.replace("{{title}}", () => title).replace("{{content}}", () => content);
}

function typeOf(name: string): string {
  return name.toUpperCase().replaceAll("-", "_");
}

function read(file: string): string {
  const text = readFileSync(path.join(FOLDER, file), "utf8");
  return text.replace(PART, (_mark, part: string) => read(`parts/${part}${path.extname(file)}`));
}

export function renderText(template: string, values: Values): string {
  return render(template, values, (text) => text);
}

export function renderHtml(template: string, values: Values): string {
  return render(template, values, escapeHtml);
}

function render(template: string, values: Values, escape: (text: string) => string): string {
  return template.replace(MARK, (_mark, part?: string, inner?: string, name?: string) => {
    const value = values[part ?? name ?? ""];
    if (typeof value === "string" && inner === undefined) return escape(value);
    if (typeof value !== "object" || inner === undefined) {
      throw new TypeError(`a template asks for "${part ?? name}", and there is no such value`);
    }
    return value.map((each) => render(inner, { ...values, ...each }, escape)).join("");
  });
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => HTML_ENTITIES[character] ?? character);
}
