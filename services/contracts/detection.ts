/** Names in the bundles of the models beside the forecast: training writes them, jobs and the promotion gate read them. */

/** By head: the inputs that it looks at, and the parameter with the score from which on a row is unusual. */
export const ANOMALY_HEADS = {
  sales: { inputs: ['residual_1', 'residual_3', 'residual_7'], threshold: 'sales_threshold' },
  stock: { inputs: ['loss', 'loss_days', 'loss_share', 'loss_residual'], threshold: 'stock_threshold' },
} as const
/** Days that a residual is of. */
export const RESIDUAL_DAYS = { residual_1: 1, residual_3: 3, residual_7: 7 } as const satisfies Record<
  (typeof ANOMALY_HEADS.sales.inputs)[number],
  number
>

/** Of the probability that a lot is thrown away in part, and the parameter from which on it is told. */
export const SLOW_MOVER_HEAD = { name: 'score', threshold: 'threshold' } as const

/** Of the demand over a lead time, and the parameter with what is left over, in roots of the demand. */
export const LEAD_TIME_HEAD = { name: 'mean', deviation: 'residual_deviation' } as const

/** Metrics on days held out, and those of the plain rule beside them. */
export const HELD_OUT_METRICS = {
  precision: 'held_out_precision',
  precision_of_rule: 'held_out_rule_precision',
  wape: 'held_out_wape',
  wape_of_mean_28: 'held_out_wape_of_mean_28',
} as const
