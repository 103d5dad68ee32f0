/** Public holidays without internet: the rules of the npm package date-holidays. */

/** In the shape of Nager.Date's answers. */
export interface PublicHoliday {
  date: string
  localName: string
  name: string
  countryCode: string
  global: boolean
  counties: null
  types: ['Public']
}

/** @returns holidays of the whole country, in order; none for a country that the library does not know */
export async function libraryHolidays(
  country: string,
  year: number,
): Promise<{ holidays: PublicHoliday[]; from: string }> {
  // Loaded when needed: its rules take 10 MB, and a machine with internet never reads them.
  const [{ default: Library }, { default: manifest }] = await Promise.all([
    import('date-holidays'),
    import('date-holidays/package.json', { with: { type: 'json' } }),
  ])
  const calendar = new Library(country)
  const localNames = new Map(
    calendar.getHolidays(year).map(({ date, rule, name }) => [`${date} ${rule}`, name]),
  )
  const holidays = calendar
    .getHolidays(year, 'en')
    .filter(({ type }) => type === 'public')
    .map(
      ({ date, rule, name }): PublicHoliday => ({
        date: date.slice(0, 10),
        localName: localNames.get(`${date} ${rule}`) ?? name,
        name,
        countryCode: country,
        global: true,
        counties: null,
        types: ['Public'],
      }),
    )
  return { holidays, from: `date-holidays ${manifest.version}` }
}
