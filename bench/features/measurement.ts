/** What is measured, and what a scorer is asked and answers. */

export interface Cost {
  wall_s: number
  /** Of the warehouse, and of the scorer where there is one. */
  cpu_s: number
}

/** Of one number of series and length of history. */
export interface Measurement {
  series: number
  years: number
  nothing: Cost
  day: Cost
  /** Most memory that the warehouse held while it built by day. */
  day_mb: number
  isEqual: boolean
  baseline: (Cost & ScoringFigures) | undefined
  model: (Cost & ScoringFigures) | undefined
  /** Most memory of warehouse and scorer together. */
  forecast_mb: number
}

export interface ScoringTask {
  server: { url: string; user: string; password: string }
  origin: string
  /** Of the model; a baseline when left out. */
  folder: string | undefined
}

export interface ScoringFigures {
  rows: number
  scorer_cpu_s: number
  memory_mb: number
}
