import type { Product, ProductPage } from './product.js';
import type { ProductQuery } from './product-query.js';
import { PAGE_SIZE } from './products.repository.js';
import type { ShopStatistics } from './statistics.repository.js';

/** What the templates show; they only print it. */
export function catalogueView(
  found: ProductPage,
  query: ProductQuery,
  categories: readonly string[],
): object {
  const { page, pages, total, items } = found;
  const first = (page - 1) * PAGE_SIZE + 1;
  return {
    title: query.q ? `Search for ${query.q}` : query.category || 'Catalogue',
    isCatalogue: true,
    isHome: !query.q && !query.category && page === 1,
    heading: query.q ? `Results for “${query.q}”` : query.category || 'All products',
    query,
    items,
    total,
    range: items.length > 0 ? { first, last: first + items.length - 1 } : undefined,
    categories: ['', ...categories].map((name) => ({
      name: name || 'Everything',
      href: address({ ...query, category: name, page: 1 }),
      isCurrent: name === query.category,
    })),
    previous: page > 1 ? address({ ...query, page: page - 1 }) : undefined,
    next: page < pages ? address({ ...query, page: page + 1 }) : undefined,
    page,
    pages,
  };
}

export function productView(product: Product, related: readonly Product[]): object {
  return {
    title: product.name,
    product,
    related,
    isLow: product.stock > 0 && product.stock < 6,
    categoryHref: address({ q: '', category: product.category, page: 1 }),
  };
}

export function statisticsView(statistics: ShopStatistics): object {
  const most = Math.max(...statistics.categories.map(({ revenueCents }) => revenueCents), 1);
  return {
    title: 'Bestsellers',
    isStats: true,
    ...statistics,
    categories: statistics.categories.map((category) => ({
      ...category,
      href: address({ q: '', category: category.category, page: 1 }),
      share: Math.round((category.revenueCents / most) * 100),
    })),
  };
}

/** Address of a catalogue page, without what is at its default: one page, one address, one cache entry. */
function address({ q, category, page }: ProductQuery): string {
  const parameters = new URLSearchParams({
    ...(q && { q }),
    ...(category && { category }),
    ...(page > 1 && { page: String(page) }),
  }).toString();
  return parameters ? `/?${parameters}` : '/';
}
