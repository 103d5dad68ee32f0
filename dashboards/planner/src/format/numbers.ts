/** The interface is in English, and figures follow it, so that a page reads as one. */
const LOCALE = 'en'

const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 })
const compact = new Intl.NumberFormat(LOCALE, { notation: 'compact', maximumFractionDigits: 1 })
const percent = new Intl.NumberFormat(LOCALE, { style: 'percent', maximumFractionDigits: 1 })
const percentTo1 = new Intl.NumberFormat(LOCALE, {
  style: 'percent',
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
})
const signedPercent = new Intl.NumberFormat(LOCALE, {
  style: 'percent',
  maximumFractionDigits: 1,
  signDisplay: 'exceptZero',
})
const rates = new Intl.NumberFormat(LOCALE, { maximumSignificantDigits: 3 })

export const count = (value: number): string => whole.format(value)
export const compactCount = (value: number): string => compact.format(value)
/** @param share 0 to 1 */
export const share = (value: number): string => percent.format(value)
/** For shares that stand under each other: always one decimal. @param share 0 to 1 */
export const shareTo1 = (value: number): string => percentTo1.format(value)
/** @param change -1 to infinity, 0 for no change */
export const change = (value: number): string => signedPercent.format(value)
/** A rate a second, with the digits that can be read while it moves. */
export const perSecond = (value: number): string =>
  value >= 1_000 ? compact.format(value) : rates.format(value)

/** @param bytes in units of 1,024 */
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const step = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(value) / 10))
  const scaled = value / 1024 ** step
  const digits = step === 0 || scaled >= 100 ? 0 : 1
  return `${scaled.toLocaleString(LOCALE, { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${units[step]}`
}

interface CurrencyFormat {
  exact: Intl.NumberFormat
  compact: Intl.NumberFormat
  /** Minor units in one major unit: 100 for GBP, 1 for JPY, 1,000 for KWD. */
  minorUnits: number
}
const currencies = new Map<string, CurrencyFormat>()
/** ISO 4217: no currency, which the API answers while there has been no sale. */
const NO_CURRENCY = 'XXX'

function currencyFormat(currency: string): CurrencyFormat {
  const earlier = currencies.get(currency)
  if (earlier) return earlier
  const isCurrency = currency !== NO_CURRENCY
  const style: Intl.NumberFormatOptions = isCurrency ? { style: 'currency', currency } : {}
  const exact = new Intl.NumberFormat(LOCALE, style)
  const format = {
    exact,
    compact: new Intl.NumberFormat(LOCALE, {
      ...style,
      notation: 'compact',
      minimumFractionDigits: 0,
      maximumFractionDigits: 1,
    }),
    minorUnits: isCurrency ? 10 ** (exact.resolvedOptions().maximumFractionDigits ?? 2) : 1,
  }
  currencies.set(currency, format)
  return format
}

/**
 * An amount to the last minor unit.
 * @param amount minor units
 * @param currency ISO 4217
 */
export function money(amount: number, currency: string): string {
  const format = currencyFormat(currency)
  return format.exact.format(amount / format.minorUnits)
}

/** An amount for an axis, in few characters. */
export function compactMoney(amount: number, currency: string): string {
  const format = currencyFormat(currency)
  return format.compact.format(amount / format.minorUnits)
}
