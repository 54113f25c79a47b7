import { BadRequestException } from '@nestjs/common';
import { fieldsOf, requiredText, wholeNumber } from '../web/input.js';
import type { ProductChanges } from './product.js';

/** @throws BadRequestException that names the field */
export function readProductChanges(body: unknown): ProductChanges {
  const fields = fieldsOf(body);
  const changes: ProductChanges = {
    ...('name' in fields && { name: requiredText(fields['name'], 'name', { max: 120 }) }),
    ...('description' in fields && {
      description: requiredText(fields['description'], 'description', { max: 2000 }),
    }),
    ...('priceCents' in fields && {
      priceCents: wholeNumber(fields['priceCents'], 'priceCents', { min: 1, max: 10_000_000 }),
    }),
    ...('stock' in fields && {
      stock: wholeNumber(fields['stock'], 'stock', { min: 0, max: 100_000 }),
    }),
  };
  if (Object.keys(changes).length > 0) return changes;
  throw new BadRequestException(
    'Nothing to change. Give at least one of name, description, priceCents, stock.',
  );
}

/** The edit form speaks of dollars. */
export function readProductForm(body: unknown): ProductChanges {
  const { price, ...fields } = fieldsOf(body);
  const dollars = requiredText(price, 'price', { max: 10 });
  if (!/^\d+(\.\d{1,2})?$/.test(dollars)) {
    throw new BadRequestException('price must be an amount in dollars, such as 24.95.');
  }
  return readProductChanges({ ...fields, priceCents: Math.round(Number(dollars) * 100) });
}
