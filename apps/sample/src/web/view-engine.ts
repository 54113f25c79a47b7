import { join } from 'node:path';
import hbs, { type ViewEngine } from 'hbs';
import { productPicture, type Pictured } from '../catalogue/picture/product-picture.js';

const dollars = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });
const wholeDollars = new Intl.NumberFormat('en-US', {
  style: 'currency',
  currency: 'USD',
  maximumFractionDigits: 0,
});
const ages = new Intl.RelativeTimeFormat('en-US', { numeric: 'auto' });
const counts = new Intl.NumberFormat('en-US');

/** Handlebars with the shop's helpers. Everything is escaped but the pictures. */
export function createViewEngine(views: string): ViewEngine['__express'] {
  const engine = hbs.create();
  engine.registerPartials(join(views, 'partials'));
  engine.registerHelper('price', (cents: number) => dollars.format(cents / 100));
  engine.registerHelper('roundPrice', (cents: number) => wholeDollars.format(cents / 100));
  engine.registerHelper('count', (number: number) => counts.format(number));
  engine.registerHelper('rating', (rating: number) => rating.toFixed(1));
  engine.registerHelper('ago', (time: string) => ago(Date.now() - Date.parse(time)));
  engine.registerHelper(
    'picture',
    (product: Pictured) => new engine.SafeString(productPicture(product)),
  );
  return engine['__express'];
}

function ago(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return ages.format(-minutes, 'minute');
  const hours = Math.round(minutes / 60);
  return hours < 24 ? ages.format(-hours, 'hour') : ages.format(-Math.round(hours / 24), 'day');
}
