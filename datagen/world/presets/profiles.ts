/** How shops of each profile live: when their customers come, and how much they carry home. */
import type { World } from '../world.ts'

const WEEKLY_SHOP = [
  0.04, 0.02, 0.02, 0.02, 0.03, 0.05, 0.12, 0.3, 0.45, 0.6, 0.72, 0.8, 0.84, 0.78, 0.74, 0.78, 0.9, 1, 0.97,
  0.78, 0.56, 0.38, 0.2, 0.09,
]
const ON_THE_WAY = [
  0.02, 0.01, 0.01, 0.01, 0.02, 0.08, 0.34, 0.74, 0.86, 0.52, 0.42, 0.56, 0.94, 1, 0.58, 0.5, 0.62, 0.9, 0.84,
  0.6, 0.48, 0.38, 0.26, 0.1,
]
const LECTURE_DAY = [
  0, 0, 0, 0, 0, 0, 0.1, 0.3, 0.72, 0.62, 0.74, 0.82, 1, 0.96, 0.7, 0.62, 0.6, 0.5, 0.42, 0.3, 0.24, 0.12, 0,
  0,
]

const MOST_MONTHS = [0.95, 0.97, 0.99, 1, 1, 1, 0.98, 0.95, 0.99, 1, 1.02, 1.15]
// Terms run from September to December and from late January to May; around Christmas and in summer few are there.
const TERMS = [0.8, 1.25, 1.25, 1, 0.95, 0.4, 0.22, 0.25, 1.15, 1.35, 1.35, 0.7]

export const STORE_PROFILES: World['profiles'] = {
  convenience: {
    hour_weights: ON_THE_WAY,
    weekday_weights: [0.98, 1.02, 1.03, 1.06, 1.09, 0.96, 0.86],
    basket_lines: 3,
    price_level: 1.12,
    loyalty_share: 0.35,
    rain_footfall: -0.16,
    months: MOST_MONTHS,
  },
  supermarket: {
    hour_weights: WEEKLY_SHOP,
    weekday_weights: [0.82, 0.82, 0.88, 0.98, 1.2, 1.32, 0.98],
    basket_lines: 9.5,
    price_level: 1,
    loyalty_share: 0.68,
    rain_footfall: -0.12,
    months: MOST_MONTHS,
  },
  hypermarket: {
    hour_weights: WEEKLY_SHOP,
    weekday_weights: [0.78, 0.78, 0.84, 0.96, 1.22, 1.42, 1],
    basket_lines: 11.5,
    price_level: 0.96,
    loyalty_share: 0.72,
    rain_footfall: -0.06,
    months: MOST_MONTHS,
  },
  campus: {
    hour_weights: LECTURE_DAY,
    weekday_weights: [1.2, 1.32, 1.32, 1.25, 0.95, 0.5, 0.46],
    basket_lines: 2.6,
    price_level: 1.05,
    loyalty_share: 0.3,
    rain_footfall: -0.22,
    months: TERMS,
  },
}

export const RHYTHM_WEIGHTS: World['rhythms'] = {
  all_day: new Array<number>(24).fill(1),
  morning: [
    0.6, 0.5, 0.5, 0.6, 1, 1.6, 2.2, 2.4, 2.2, 1.8, 1.4, 1.1, 0.9, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8,
    0.8, 0.7, 0.6,
  ],
  midday: [
    0.4, 0.3, 0.3, 0.3, 0.4, 0.4, 0.5, 0.6, 0.7, 0.9, 1.3, 2, 2.6, 2.5, 1.7, 1.1, 0.8, 0.7, 0.7, 0.7, 0.6,
    0.5, 0.4, 0.4,
  ],
  evening: [
    0.6, 0.5, 0.4, 0.4, 0.4, 0.4, 0.5, 0.6, 0.6, 0.7, 0.8, 0.9, 0.9, 0.9, 0.9, 1.1, 1.4, 1.7, 1.8, 1.6, 1.3,
    1.1, 0.9, 0.7,
  ],
  late: [
    2, 1.6, 1.2, 0.8, 0.5, 0.3, 0.3, 0.3, 0.4, 0.5, 0.6, 0.8, 0.9, 0.9, 1, 1.1, 1.2, 1.3, 1.5, 1.8, 2.2, 2.5,
    2.5, 2.3,
  ],
}

export const PROMOTIONS: World['promotions'] = {
  share: 0.09,
  kinds: {
    price_off: { weight: 5, off: [0.1, 0.15, 0.2, 0.25, 0.33], uplift: 0.2, pull_forward: 0.15 },
    multibuy: { weight: 2.5, off: [0.2, 0.25, 0.3333], uplift: 0.3, pull_forward: 0.25 },
    end_cap: { weight: 2, off: [0.1, 0.15, 0.2], uplift: 0.55, pull_forward: 0.1 },
    coupon: { weight: 1.5, off: [0.15, 0.2, 0.3], uplift: 0.12, pull_forward: 0.08 },
  },
}

export const NOISE: World['noise'] = {
  double_scan: 0.1,
  repeated_message: 0.002,
  late_message: 0.01,
  out_of_order: 0.02,
  clock_skew: 0.002,
  malformed: 0.0005,
  unknown_sku: 0.002,
  wrong_price: 0.002,
  missing_till_hour: 0.0005,
  spike: 0.001,
  drop: 0.001,
  theft_run: 0.001,
  shrinkage: 0.004,
}
