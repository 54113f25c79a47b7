import { optionalText, wholeNumber } from '../web/input.js';

/** What a visitor looks for. */
export interface ProductQuery {
  /** Words that all have to occur; empty for everything. */
  readonly q: string;
  /** Empty for all categories. */
  readonly category: string;
  /** From 1. */
  readonly page: number;
}

/** @throws BadRequestException that names the parameter */
export function readProductQuery(query: Readonly<Record<string, unknown>>): ProductQuery {
  return {
    q: optionalText(query['q'], 'q', { max: 100 }),
    category: optionalText(query['category'], 'category', { max: 40 }),
    page: query['page'] ? wholeNumber(query['page'], 'page', { min: 1, max: 1000 }) : 1,
  };
}
