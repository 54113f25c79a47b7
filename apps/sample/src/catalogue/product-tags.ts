import type { Request } from 'express';

/** On every cached answer that shows more than one product. */
export const PRODUCTS_TAG = 'products';

export const productTag = (id: number | string): string => `product:${id}`;

/** For a route with `:id`: the tag of the answer that shows this one product. */
export const thisProduct = ({ params }: Request): string[] => [productTag(String(params['id']))];
