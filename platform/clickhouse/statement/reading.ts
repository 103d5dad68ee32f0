/**
 * What a statement says, as the engine itself reads it. Its own parser normalises the text and shows the tree, and the
 * text that came back is the one that is judged and run: nothing here cuts what a client sent.
 */

import { literal } from '@shelfcast/warehouse/quoting'
import type { Connection } from '../engine.ts'
import { CODE, Failure } from '../failure.ts'

/** A node of the engine's syntax tree. */
export interface Node {
  /** As `explain ast` names it: SelectQuery, Function, TableIdentifier, ... */
  type: string
  /** What follows the type: the name of a function or table, the value of a literal. */
  name: string
  children: Node[]
}

const LINE = /^( *)(\S+)(?: (.*?))??(?: \(alias .*?\))?(?: \(children (\d+)\))?$/
/** What the error of a normalisation says of the query around it. */
const SCOPE = /: In scope SELECT formatQuerySingleLine\([\s\S]*$/

/**
 * The statement on one line: without comments and odd white space, each name and value quoted in one way.
 * @throws Failure 62 when it cannot be parsed or is more than one statement
 */
export async function normalise(connection: Connection, text: string): Promise<string> {
  if (text.includes('\0'))
    throw new Failure(
      CODE.syntaxError,
      `Syntax error: NUL character at position ${text.indexOf('\0') + 1}. Remove it`,
    )
  let bytes: Uint8Array
  try {
    bytes = (await connection.run(`select formatQuerySingleLine(${literal(text)})`, 'RawBLOB')).bytes
  } catch (error) {
    if (error instanceof Failure) throw new Failure(error.code, error.message.replace(SCOPE, ''))
    throw error
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Failure(
      CODE.syntaxError,
      "Syntax error: a string of the query is not UTF-8. Write its bytes in hexadecimal: unhex('FF')",
    )
  }
}

/**
 * The tree of a normalised statement, with the values of its parameters.
 * @throws Failure 62 when the tree does not add up, as with a name that holds a line of a tree itself
 */
export async function readTree(
  connection: Connection,
  statement: string,
  parameters: ReadonlyMap<string, string>,
): Promise<Node> {
  const assignments = [...parameters].map(([name, value]) => `param_${name} = ${literal(value)}`)
  if (assignments.length > 0) await connection.run(`set ${assignments.join(', ')}`)
  const { bytes } = await connection.run(`explain ast ${statement}`, 'TSVRaw')
  const text = Buffer.from(bytes).toString('utf8').trimEnd()
  return treeOf(text.split('\n'))
}

/** @param lines of `explain ast`: a node each, indented by its depth, with the number of its children */
export function treeOf(lines: readonly string[]): Node {
  const path: { node: Node; children: number }[] = []
  let root: Node | undefined
  const close = (depth: number) => {
    while (path.length > depth) {
      const { node, children } = path.pop()!
      if (node.children.length !== children) refuseTree()
    }
  }
  for (const line of lines) {
    const match = LINE.exec(line)
    if (!match) refuseTree()
    const [, indent, type, name = '', children = '0'] = match
    const depth = indent!.length
    if (depth > path.length || (depth === 0 && root)) refuseTree()
    close(depth)
    const node: Node = { type: type!, name, children: [] }
    if (depth === 0) root = node
    else path[depth - 1]!.node.children.push(node)
    path.push({ node, children: Number(children) })
  }
  close(0)
  if (!root) refuseTree()
  return root
}

function refuseTree(): never {
  throw new Failure(
    CODE.syntaxError,
    'Syntax error: the query cannot be read without doubt. Leave line ends and brackets out of names',
  )
}
