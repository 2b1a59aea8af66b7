/**
 * Orders as shops might send them, for the button on the page: good ones, too large ones, impossible ones.
 */
import { randomInt } from 'node:crypto';
import type { OrderRequest } from '../orders.ts';

/** The last two are in trouble: one is not on WhatsApp, the other one unknown to the credit bureau. */
export const SAMPLE_SHOPS: readonly OrderRequest['shop'][] = [
  { name: 'Sita Kirana', phone: '+9779841000001', city: 'Kathmandu', taxId: '301234560' },
  { name: 'Himal Store', phone: '+9779841000002', city: 'Pokhara', taxId: '301234562' },
  { name: 'Gita Mart', phone: '+9779841000003', city: 'Biratnagar', taxId: '301234571' },
  { name: 'Everest Shop', phone: '+9779841000004', city: 'Lalitpur', taxId: '301234575' },
  { name: 'Quiet Corner', phone: '+0009841000005', city: 'Kathmandu', taxId: '301234565' },
  { name: 'New Here', phone: '+9779841000006', city: 'Pokhara', taxId: '001234566' },
];

export function createSampleOrder(): OrderRequest {
  const shop = SAMPLE_SHOPS[randomInt(SAMPLE_SHOPS.length)]!;
  const isLarge = randomInt(6) === 0;
  const quantity = (most: number): number => randomInt(1, isLarge ? most * 20 : most);
  const lines: OrderRequest['lines'] = [
    { product: 'rice', quantity: quantity(50) },
    { product: randomInt(2) === 0 ? 'oil' : 'tea', quantity: quantity(40) },
  ];
  return { shop, lines };
}
