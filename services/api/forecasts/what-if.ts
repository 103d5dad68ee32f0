/** A scenario as a URL says it, and its answer in the units of the API. */
import type { WhatIfAnswer, WhatIfChanges, WhatIfQuery, WhatIfQuestion } from '@shelfcast/contracts/inference'
import { fault } from '../http/errors.ts'
import { rounded, unitOf } from './units.ts'

/** @throws where parts of the scenario do not go together */
export function questionOf({
  store_id,
  sku,
  category,
  promotion,
  promotion_off,
  festival_days,
  ...plain
}: WhatIfQuery): WhatIfQuestion {
  if (sku !== undefined && category !== undefined)
    throw fault(400, 'invalid_request', 'Parameter "category" is for where no "sku" is given. Leave one out.')
  return {
    store_id,
    ...(sku !== undefined && { sku }),
    ...(category !== undefined && { category }),
    changes: {
      ...plain,
      ...promotionOf(promotion, promotion_off),
      ...(festival_days !== undefined && { festival_days: festival_days.split(',').map(Number) }),
    },
  }
}

function promotionOf(
  kind: WhatIfQuery['promotion'],
  off: WhatIfQuery['promotion_off'],
): Pick<WhatIfChanges, 'promotion'> {
  const isOff = off !== undefined
  if (kind === undefined) {
    if (!isOff) return {}
    throw fault(400, 'invalid_request', 'Parameter "promotion_off" needs a "promotion". Give its kind, too.')
  }
  if (kind === 'none') {
    if (!isOff) return { promotion: null }
    throw fault(
      400,
      'invalid_request',
      'Parameter "promotion_off" is of a "promotion", and it is none. Leave it out.',
    )
  }
  if (isOff) return { promotion: { kind, off } }
  throw fault(
    400,
    'invalid_request',
    `Parameter "promotion" is ${kind}: give its "promotion_off" too, as 0.2.`,
  )
}

type Series = WhatIfAnswer['series'][number]
type Day = Series['days'][number]

/** Inference speaks the unit of sale. */
export function inApiUnits(answer: WhatIfAnswer): WhatIfAnswer {
  return { ...answer, series: answer.series.map(inLargerUnit) }
}

function inLargerUnit({ unit: unitOfSale, before, after, difference, days, ...series }: Series): Series {
  const { unit, scale } = unitOf(unitOfSale)
  const scaled = (amount: number) => rounded(amount * scale)
  const quantiles = ({ p10, p50, p90, mean }: Day['before']): Day['before'] => ({
    p10: scaled(p10),
    p50: scaled(p50),
    p90: scaled(p90),
    mean: scaled(mean),
  })
  return {
    ...series,
    unit,
    before: scaled(before),
    after: scaled(after),
    difference: scaled(difference),
    days: days.map((day) => ({
      ...day,
      before: quantiles(day.before),
      after: quantiles(day.after),
      difference: scaled(day.difference),
    })),
  }
}
