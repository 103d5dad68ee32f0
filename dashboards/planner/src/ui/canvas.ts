/** What charts on a canvas share: they cannot read the style sheet. */

/** A colour of app.css as the canvas library takes it, which does not read oklch. */
export function colour(token: string, alpha = 1): string {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 1
  const context = canvas.getContext('2d', { willReadFrequently: true })!
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(token)
  context.fillRect(0, 0, 1, 1)
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data
  return `rgba(${red},${green},${blue},${alpha})`
}

/** Tooltip of a chart, as the page draws its boxes. */
export const tooltipLook = () => ({
  trigger: 'axis' as const,
  confine: true,
  transitionDuration: 0,
  backgroundColor: colour('--surface'),
  borderColor: colour('--line-strong'),
  borderWidth: 1,
  padding: [6, 10] as [number, number],
  extraCssText: 'box-shadow: none; border-radius: 6px',
  axisPointer: { lineStyle: { color: colour('--line-strong'), type: 'solid' as const } },
})

export interface TooltipRow {
  name: string
  value: string
  isMain?: boolean
}

/** Built from elements, since the page's policy allows no style attributes in text. */
export function tooltipBox(title: string, rows: readonly TooltipRow[]): HTMLElement {
  const box = document.createElement('div')
  box.className = 'text-[0.857rem] text-ink'
  const heading = document.createElement('div')
  heading.className = 'font-semibold'
  heading.textContent = title
  const list = document.createElement('dl')
  list.className = 'mt-0.5 grid grid-cols-[auto_auto] gap-x-4'
  for (const { name, value, isMain } of rows) {
    const term = document.createElement('dt')
    term.className = 'text-muted'
    term.textContent = name
    const figure = document.createElement('dd')
    figure.className = `text-right tabular-nums ${isMain ? 'font-semibold' : ''}`
    figure.textContent = value
    list.append(term, figure)
  }
  box.append(heading, list)
  return box
}

/** An attachment that makes a chart once its code and the font of its text are there. A canvas does not draw text again. */
export function mountChart<T extends { dispose(): void }>(
  load: () => Promise<(element: HTMLElement) => T>,
  keep: (chart: T | undefined) => void,
) {
  return (element: HTMLElement) => {
    let chart: T | undefined
    let isGone = false
    void Promise.all([load(), document.fonts.load('11px "Inter Variable"')]).then(([create]) => {
      if (isGone) return
      chart = create(element)
      keep(chart)
    })
    return () => {
      isGone = true
      chart?.dispose()
      keep(undefined)
    }
  }
}
