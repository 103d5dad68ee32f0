/** Every page is drawn in the browser from the API. */
export const ssr = false
