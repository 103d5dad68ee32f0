/** All kinds of datasets, in the order in which they are loaded. A new one is a schema file and a line here. */
import { HISTORIES } from './histories.ts'
import { HISTORY_CHOICE } from './history-choice.ts'
import { HOLIDAY_ANSWERS } from './holiday-answers.ts'
import { JUMPS } from './jumps.ts'
import type { Dataset } from './layout.ts'
import { MACRO_ANSWERS } from './macro-answers.ts'
import { OUTLOOKS } from './outlooks.ts'
import { PRODUCTS } from './products.ts'
import { PURCHASE_ORDERS } from './purchase-orders.ts'
import { STORES } from './stores.ts'
import { SUPPLIERS } from './suppliers.ts'
import { WEATHER_ANSWERS } from './weather-answers.ts'

export const DATASETS: readonly Dataset[] = [
  STORES,
  PRODUCTS,
  SUPPLIERS,
  PURCHASE_ORDERS,
  OUTLOOKS,
  JUMPS,
  HISTORIES,
  HISTORY_CHOICE,
  WEATHER_ANSWERS,
  HOLIDAY_ANSWERS,
  MACRO_ANSWERS,
]
