/** What a page shows is said by its address: filters in it, and addresses of other filters. */

/** The parts of a filter that the address has. Whether their values can be is for the API to say. */
export function filterIn<Part extends string>(
  parameters: Pick<URLSearchParams, 'get'>,
  parts: readonly Part[],
): { [name in Part]?: string } {
  const filter: { [name in Part]?: string } = {}
  for (const name of parts) {
    const text = parameters.get(name)
    if (text) filter[name] = text
  }
  return filter
}

/** Without the parts that are empty. */
export function addressWith(path: string, parts: object): string {
  const query = Object.entries(parts).flatMap(([name, value]) => {
    if (!value) return []
    // Positions and series have slashes and at signs, which a query may hold as they are.
    return `${name}=${encodeURIComponent(value).replaceAll('%2F', '/').replaceAll('%40', '@')}`
  })
  return query.length === 0 ? path : `${path}?${query.join('&')}`
}

/** The filter with one part changed; an empty value takes the part out. */
export function withPart<Filter extends object>(
  filter: Filter,
  name: keyof Filter,
  value: string | undefined,
): Filter {
  const { [name]: _, ...rest } = filter
  return (value ? { ...rest, [name]: value } : rest) as Filter
}
