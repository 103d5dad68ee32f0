/** One page that holds all: the verdict, the plots, and every figure with its reason. No script, nothing loaded. */
import type { Chart } from './drawing.ts'
import { type Figure, REAL } from './figures.ts'
import { figureText, REAL_NAMES, rangeWritten } from './table.ts'

export interface Page {
  /** What was measured: world, seed, time. */
  subject: string
  figures: readonly Figure[]
  charts: readonly Chart[]
}

const STYLE = `
:root { color-scheme: light; --ink: #1f2328; --soft: #57606a; --line: #d8dee4; --ok: #1a7f37; --bad: #b42318; }
* { box-sizing: border-box; }
body { margin: 0; background: #f6f8fa; color: var(--ink); font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', sans-serif; }
main { max-width: 1400px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { margin: 0; font-size: 28px; }
h2 { margin: 40px 0 12px; font-size: 20px; }
p { margin: 4px 0; max-width: 80ch; }
.soft { color: var(--soft); }
.verdict { font-weight: 600; }
.ok { color: var(--ok); } .outside { color: var(--bad); font-weight: 600; } .not { color: var(--soft); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(520px, 100%), 1fr)); gap: 20px; align-items: start; }
figure { margin: 0; padding: 16px 18px; background: #fff; border: 1px solid var(--line); border-radius: 8px; }
figure h3 { margin: 0; font-size: 16px; }
figcaption { margin: 2px 0 10px; color: var(--soft); font-size: 13px; min-height: 2.9em; }
figure svg { display: block; width: 100%; height: auto; }
.scroll { overflow-x: auto; background: #fff; border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; }
th, td { padding: 7px 8px; text-align: right; vertical-align: top; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--soft); font-weight: 600; vertical-align: bottom; }
td { font-variant-numeric: tabular-nums; }
th[scope='row'], .text { text-align: left; font-weight: 400; min-width: 220px; }
th.text { color: var(--soft); font-weight: 600; } td.text { min-width: 300px; color: var(--soft); }
.group th { text-align: left; background: #f6f8fa; font-weight: 600; }
.range { white-space: nowrap; } .interval { display: block; color: var(--soft); font-size: 12px; white-space: nowrap; }
`

export function page({ subject, figures, charts }: Page): string {
  const count = (verdict: Figure['verdict']) => figures.filter((figure) => figure.verdict === verdict).length
  const outside = count('outside')
  const unmeasured = count('not measured')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>How real is the twin?</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>How real is the twin?</h1>
<p class="soft">${text(subject)}</p>
<p class="verdict ${outside === 0 ? 'ok' : 'outside'}">${count('ok')} figures lie in their plausible range, ${outside} ${outside === 1 ? 'lies' : 'lie'} outside${unmeasured > 0 ? `, ${unmeasured} could not be measured` : ''}.</p>
<p class="soft">Compared with Complete Journey (dunnhumby: a sample of the groceries of 2,469 American households, 2017), Online
Retail (UCI: a British wholesaler of gifts, 2011) and M5 (Walmart: one food department of one Texan store, 2011 to 2016).</p>
<h2>Plots</h2>
<div class="charts">
${charts.map(figureOf).join('\n')}
</div>
<h2>Figures</h2>
<div class="scroll">
<table>
<thead><tr><th class="text">Figure</th><th>Twin</th>${REAL.map((name) => `<th>${REAL_NAMES[name]}</th>`).join('')}<th>Plausible</th><th></th><th class="text">Why this range, and where real data differ</th></tr></thead>
<tbody>
${rows(figures)}
</tbody>
</table>
</div>
</main>
</body>
</html>
`
}

function figureOf({ title, caption, svg }: Chart): string {
  const labelled = svg.replace('<svg ', `<svg role="img" aria-label="${text(title)}" `)
  return `<figure><h3>${text(title)}</h3><figcaption>${text(caption)}</figcaption>${labelled}</figure>`
}

function rows(figures: readonly Figure[]): string {
  return figures
    .map((figure, index) => {
      const { group, name, unit, twin, interval, real, because, apart, verdict } = figure
      const heading =
        group === figures[index - 1]?.group
          ? ''
          : `<tr class="group"><th colspan="${REAL.length + 5}" scope="rowgroup">${text(group)}</th></tr>\n`
      const cells = [
        `<th scope="row">${text(name)}</th>`,
        `<td><strong>${cell(twin, unit)}</strong>${interval ? `<span class="interval">${interval.map((bound) => figureText(bound, unit)).join(' to ')}</span>` : ''}</td>`,
        ...REAL.map((of) => `<td>${cell(real[of], unit)}</td>`),
        `<td class="range">${rangeWritten(figure)}</td>`,
        `<td class="${verdict.split(' ')[0]}">${verdict}</td>`,
        `<td class="text">${text(because)}.${apart ? ` ${text(apart)}` : ''}</td>`,
      ]
      return `${heading}<tr>${cells.join('')}</tr>`
    })
    .join('\n')
}

function cell(value: number | undefined, unit: Figure['unit']): string {
  return value === undefined ? '·' : figureText(value, unit)
}

function text(raw: string): string {
  return raw.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
