/** Amounts of goods: pieces, kilograms, litres. */
import type { SeriesUnit } from '@shelfcast/contracts/forecasts'

const LOCALE = 'en'
const formats = [0, 1, 2].flatMap((digits) =>
  (['auto', 'exceptZero'] as const).map(
    (signDisplay) =>
      [
        `${digits} ${signDisplay}`,
        new Intl.NumberFormat(LOCALE, {
          minimumFractionDigits: digits,
          maximumFractionDigits: digits,
          signDisplay,
        }),
      ] as const,
  ),
)
const byName = new Map(formats)

/** With the digits that matter at its size. */
function textOf(value: number, signDisplay: 'auto' | 'exceptZero'): string {
  const size = Math.abs(value)
  const digits = size >= 100 || value === 0 ? 0 : size >= 0.95 ? 1 : 2
  return byName.get(`${digits} ${signDisplay}`)!.format(value)
}

const withUnit = (text: string, unit: SeriesUnit) => (unit === 'each' ? text : `${text} ${unit}`)

/** 12.4 kg, 86, 0.35. */
export const quantity = (value: number, unit: SeriesUnit): string => withUnit(textOf(value, 'auto'), unit)
/** +2.1 kg, -0.4. */
export const signedQuantity = (value: number, unit: SeriesUnit): string =>
  withUnit(textOf(value, 'exceptZero'), unit)
/** What the figures of a table or an axis are in. */
export const UNIT_NAMES: Record<SeriesUnit, string> = { each: 'pieces', kg: 'kg', l: 'l' }
