/** Why a cell or a row cannot be used, in words for the person whose file it is. */

export interface CellFault {
  /** What is wrong, as a clause: `"1,5" is no whole number`. */
  fault: string
  /** What to do, as a clause: `Write 1 or 2`. */
  fix: string
}

/** A row that goes to the gate as it is, because it cannot be made into a line. */
export interface RowFault extends CellFault {
  /** Absent where the row as a whole is at fault. */
  column?: string
  /** The cell as found. */
  cell?: string
}

export function fault(fault: string, fix: string): CellFault {
  return { fault, fix }
}

// A cell may be half a megabyte; this much of it is enough to know it by.
const SHOWN_CHARACTERS = 60

/** A cell for a message: on one line, cut, and with what a terminal would obey made visible. */
export function showCell(cell: string): string {
  const cut = cell.length > SHOWN_CHARACTERS ? `${cell.slice(0, SHOWN_CHARACTERS)}…` : cell
  return cut.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0)!.toString(16).padStart(4, '0')
    return `\\u${code}`
  })
}

/** `line 12, column amount, cell "1,5": it is no whole number. Write 1 or 2.` */
export function faultText(line: number, { column, cell, fault, fix }: RowFault): string {
  const where = column === undefined ? '' : `, column ${showCell(column)}, cell "${showCell(cell ?? '')}"`
  return `line ${line}${where}: ${fault}. ${fix}.`
}
