/**
 * What a page asks the API for first. The browser is told with the shell, so that the answer is on its way while the
 * script is still read.
 */

/** By the address of the page; one that says more, such as a filter, asks for something else. */
const FIRST_QUESTIONS: Readonly<Record<string, string>> = {
  '/': '/api/v1/live',
  '/forecasts': '/api/v1/forecasts?sort=next_7&order=desc&offset=0',
  '/models': '/api/v1/models',
  '/pipeline': '/api/v1/pipeline',
  '/dead-letters': '/api/v1/dead-letters?state=open',
}

/** @returns the header `link` of a page, as the dashboard's own fetch would ask; undefined where nothing is known */
export function firstQuestion(url: string): string | undefined {
  const question = Object.hasOwn(FIRST_QUESTIONS, url) ? FIRST_QUESTIONS[url] : undefined
  return question && `<${question}>; rel=preload; as=fetch; crossorigin=anonymous`
}
