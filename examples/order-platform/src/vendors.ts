/**
 * What can be ordered and who delivers it: a small fixed catalogue, and the choice of a vendor. Pure.
 */
import { createHash } from 'node:crypto';
import type { PlacedOrder } from './orders.ts';

export const PRODUCT_NAMES = ['rice', 'lentils', 'oil', 'tea', 'soap'] as const;
export type ProductName = (typeof PRODUCT_NAMES)[number];

/** Rupees for one unit. */
const PRICES: Readonly<Record<ProductName, number>> = {
  rice: 110,
  lentils: 180,
  oil: 260,
  tea: 90,
  soap: 45,
};

interface Vendor {
  readonly name: string;
  readonly city: string;
  readonly products: readonly ProductName[];
}

const VENDORS: readonly Vendor[] = [
  { name: 'Asan Traders', city: 'Kathmandu', products: PRODUCT_NAMES },
  { name: 'Bagmati Wholesale', city: 'Kathmandu', products: ['rice', 'lentils', 'oil'] },
  { name: 'Lakeside Supply', city: 'Pokhara', products: ['rice', 'oil', 'tea'] },
  { name: 'Koshi Depot', city: 'Biratnagar', products: ['rice', 'lentils', 'tea'] },
];

export function totalOf(lines: PlacedOrder['lines']): number {
  return lines.reduce((sum, { product, quantity }) => sum + PRICES[product] * quantity, 0);
}

/**
 * Who delivers the order: has everything, rather in the same city. Among equals the order's id decides, so
 * that a second run of the same job finds the same vendor, and many orders are spread over all.
 */
export function chooseVendor(
  order: Pick<PlacedOrder, 'id' | 'lines' | 'shop'>,
  vendors: readonly Vendor[] = VENDORS,
): string | null {
  const able = vendors.filter(({ products }) =>
    order.lines.every(({ product }) => products.includes(product)),
  );
  const near = able.filter(({ city }) => city === order.shop.city);
  const candidates = near.length > 0 ? near : able;
  const [first] = candidates
    .map(({ name }) => ({ name, weight: digest(`${order.id} ${name}`) }))
    .sort((a, b) => a.weight.localeCompare(b.weight));
  return first?.name ?? null;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
