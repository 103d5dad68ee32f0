/** What a colour means: the only way that a component chooses one. */
import { tv } from 'tailwind-variants'

export type Tone = 'neutral' | 'accent' | 'good' | 'warn' | 'bad'

export const badge = tv({
  base: 'inline-flex items-center gap-1 whitespace-nowrap rounded px-1.5 py-px text-[0.857rem] font-medium',
  variants: {
    tone: {
      neutral: 'bg-sunken text-muted',
      accent: 'bg-accent-soft text-accent',
      good: 'bg-good-soft text-good',
      warn: 'bg-warn-soft text-warn',
      bad: 'bg-bad-soft text-bad',
    } satisfies Record<Tone, string>,
  },
  defaultVariants: { tone: 'neutral' },
})

export const dot = tv({
  base: 'inline-block size-2 shrink-0 rounded-full',
  variants: {
    tone: {
      neutral: 'bg-line-strong',
      accent: 'bg-accent',
      good: 'bg-good-mark',
      warn: 'bg-warn-mark',
      bad: 'bg-bad-mark',
    } satisfies Record<Tone, string>,
  },
})

export type ButtonLook = 'plain' | 'main' | 'quiet'

export const button = tv({
  base: 'inline-flex items-center gap-1.5 whitespace-nowrap rounded-md px-3 py-1.5 font-medium transition-colors disabled:cursor-default disabled:opacity-60',
  variants: {
    look: {
      plain: 'border border-line-strong enabled:hover:bg-sunken',
      main: 'border border-accent bg-accent text-surface enabled:hover:opacity-90',
      quiet: 'text-muted enabled:hover:bg-sunken enabled:hover:text-ink',
    } satisfies Record<ButtonLook, string>,
  },
  defaultVariants: { look: 'plain' },
})

/** A link in text. */
export const link = 'font-medium text-accent underline-offset-4 hover:underline'

/** What is typed or chosen in. */
export const field =
  'h-8 w-full min-w-0 rounded-md border border-line-strong bg-surface px-2 placeholder:text-faint'
