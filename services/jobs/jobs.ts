/** All jobs. A new one is a file of its own and a line here. */
import { compact } from './compact.ts'
import { fetchHolidays } from './fetch-holidays.ts'
import { fetchMacro } from './fetch-macro.ts'
import { fetchWeather } from './fetch-weather.ts'
import type { Job } from './job.ts'

export const JOBS: readonly Job[] = [fetchWeather(), fetchHolidays(), fetchMacro(), compact()]
