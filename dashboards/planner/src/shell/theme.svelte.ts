/** Light or dark: what the system says until the reader chooses. app.html applies the same rule before the first paint. */
export type Theme = 'light' | 'dark'

const KEY = 'theme'
const systemIsDark = matchMedia('(prefers-color-scheme: dark)')
const systemTheme = (): Theme => (systemIsDark.matches ? 'dark' : 'light')

let current = $state<Theme>(document.documentElement.dataset.theme === 'dark' ? 'dark' : 'light')

function apply(theme: Theme) {
  current = theme
  document.documentElement.dataset.theme = theme
}

systemIsDark.addEventListener('change', () => {
  if (!localStorage.getItem(KEY)) apply(systemTheme())
})

export const theme = {
  get current(): Theme {
    return current
  },
  toggle() {
    const choice: Theme = current === 'dark' ? 'light' : 'dark'
    // Who chooses what the system has goes back to following the system.
    if (choice === systemTheme()) localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, choice)
    apply(choice)
  },
}
