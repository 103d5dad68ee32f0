/** Names of months as tills write them. */

const LANGUAGES = ['en', 'de', 'fr', 'es', 'it', 'pt', 'nl']

const months = new Map<string, number>()
for (const language of LANGUAGES) {
  for (const style of ['short', 'long'] as const) {
    const format = new Intl.DateTimeFormat(language, { month: style, timeZone: 'UTC' })
    for (let month = 1; month <= 12; month++) {
      const name = plain(format.format(Date.UTC(2026, month - 1, 15)))
      // Databases cut to three letters, whatever the language.
      for (const form of [name, name.slice(0, 3)]) if (!months.has(form)) months.set(form, month)
    }
  }
}
// June and July begin alike in French.
months.delete('jui')

/** @returns 1 to 12 */
export function monthOf(name: string): number | undefined {
  return months.get(plain(name))
}

function plain(name: string): string {
  return name.normalize('NFC').toLowerCase().replace('.', '')
}
