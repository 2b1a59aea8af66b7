/**
 * What an order is, and where it can come to. Plain data, shared by all files; no queue is known here.
 */
import { z } from 'zod';
import { PRODUCT_NAMES } from './vendors.ts';

/** Ids become names of folders and of jobs: BullMQ allows no colon, the file system no slash. */
export const Id = z.string().regex(/^[\w-]{1,64}$/, 'letters, digits, _ and -, at most 64');

/** An international telephone number. */
export const Phone = z.string().regex(/^\+\d{8,15}$/, 'a number such as +9779812345678');

/** What a shop sends. */
export const OrderRequest = z.object({
  shop: z.object({
    name: z.string().min(1).max(100),
    phone: Phone,
    city: z.string().min(1).max(50),
    /** By this the credit bureau knows the shop. */
    taxId: z.string().regex(/^\d{9}$/, 'nine digits'),
  }),
  lines: z
    .array(z.object({ product: z.enum(PRODUCT_NAMES), quantity: z.int().min(1).max(1_000) }))
    .min(1)
    .max(50),
});
export type OrderRequest = z.infer<typeof OrderRequest>;

/** An order as it was accepted. */
export const PlacedOrder = OrderRequest.extend({
  id: Id,
  /** In rupees. */
  total: z.int(),
  /** Epoch ms, as all times here. */
  placedAt: z.int(),
});
export type PlacedOrder = z.infer<typeof PlacedOrder>;

/** How it ended; `reason` is for people. */
export const Outcome = z.object({
  state: z.enum(['confirmed', 'declined', 'failed']),
  vendor: z.string().nullable(),
  reason: z.string(),
  at: z.int(),
});
export type Outcome = z.infer<typeof Outcome>;

/** Something that happened once: a payment, a reminder. */
export const Happened = z.object({ at: z.int() });

/** All that is known of an order. */
export interface OrderView extends PlacedOrder {
  readonly state: 'placed' | Outcome['state'] | 'paid';
  readonly outcome: Outcome | null;
  readonly paidAt: number | null;
  /** Numbers of the reminders that went out. */
  readonly reminders: readonly number[];
}
