/** Amounts as files for others write them: with a decimal point, and as many places as the currency has (ISO 4217). */

/** @param minorUnits whole */
export function decimalAmount(minorUnits: number, currency: string): string {
  const { maximumFractionDigits: places = 2 } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
  }).resolvedOptions()
  if (places === 0) return String(minorUnits)
  const digits = String(Math.abs(minorUnits)).padStart(places + 1, '0')
  return `${minorUnits < 0 ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`
}
