/** Days that datasets may name. */
import { isDate } from '../dates.ts'

/** As text; whether there is such a day `isKept` says. */
export const DAY_PATTERN = '^\\d{4}-\\d{2}-\\d{2}$'

/** A day that the warehouse holds. */
export function isKept(date: string): boolean {
  const year = Number(date.slice(0, 4))
  return isDate(date) && year >= 1990 && year <= 2099
}
