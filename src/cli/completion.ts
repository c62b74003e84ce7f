import { Argument, type Command } from 'commander'

import { withExamples, type CliCommand } from './command.ts'
import { commands } from './commands.ts'

export const command: CliCommand = {
  configure(command, context) {
    command.addArgument(new Argument('<shell>', 'the shell that will read the script').choices(Object.keys(scripts)))
    withExamples(command, [
      ['in this shell only', 'source <(tapistry completion bash)'],
      ['for good in zsh', 'tapistry completion zsh > "${fpath[1]}/_tapistry"'],
      ['for good in fish', 'tapistry completion fish > ~/.config/fish/completions/tapistry.fish'],
    ])
    command.action(async (shell: keyof typeof scripts) => {
      // The tree of all commands, built only here: a normal start loads one command file.
      const { buildProgram } = await import('./program.ts')
      const tree = await buildProgram(new Set(commands.map(({ name }) => name)), context, () => undefined)
      await context.streams.out(scripts[shell](wordsOf(tree)))
    })
  },
}

/** What may follow the words of a command path: sub-commands, options, and the values of arguments that have a closed set. */
interface CommandWords {
  /** `''`, `scan`, `spec lint` ... */
  readonly path: string
  readonly summary: string
  readonly words: readonly string[]
  readonly options: ReadonlyArray<{
    readonly flags: readonly string[]
    readonly summary: string
    readonly takesValue: boolean
    readonly choices: readonly string[]
  }>
}

function wordsOf(root: Command): CommandWords[] {
  const shared = root.options
  const visit = (command: Command, path: string): CommandWords[] => {
    const options = (command === root ? shared : [...command.options, ...shared]).filter(({ hidden }) => !hidden)
    const argumentChoices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? [])
    const here: CommandWords = {
      path,
      summary: command.description(),
      words: [...command.commands.map((child) => child.name()), ...argumentChoices],
      options: [
        ...options.map((option) => ({
          flags: [option.long, option.short].filter((flag) => typeof flag === 'string'),
          summary: option.description,
          takesValue: option.required || option.optional,
          choices: option.argChoices ?? [],
        })),
        { flags: ['--help', '-h'], summary: 'print help', takesValue: false, choices: [] },
      ],
    }
    return [here, ...command.commands.flatMap((child) => visit(child, `${path} ${child.name()}`.trim()))]
  }
  return visit(root, '')
}

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const

/** Finds the longest command path among the words typed, then offers its words and options; file names elsewhere. */
function bashScript(tree: readonly CommandWords[]): string {
  const cases = tree.map(
    ({ path, words, options }) => `    ${quoted(path)}) words=${quoted([...words, ...options.flatMap(({ flags }) => flags)].join(' '))} ;;`,
  )
  return `# bash completion for tapistry
_tapistry() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} path='' words='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case " ${pathsOf(tree)
      .map((path) => path.replaceAll(' ', '/'))
      .join(' ')} " in
      *" \${path:+$path/}$word "*) path=\${path:+$path/}$word ;;
    esac
  done
  case $previous in
${valueCases(tree, '    ')}
  esac
  case \${path//\\// } in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ $current != -* ]]; then COMPREPLY+=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _tapistry tapistry
`
}

/** zsh runs the bash functions through its own emulation; the descriptions are what it would add. */
function zshScript(tree: readonly CommandWords[]): string {
  return `#compdef tapistry
autoload -U +X bashcompinit && bashcompinit
${bashScript(tree)}`
}

function fishScript(tree: readonly CommandWords[]): string {
  const lines = ['# fish completion for tapistry']
  for (const { path, options } of tree) {
    const when =
      path === ''
        ? '__fish_use_subcommand'
        : path
            .split(' ')
            .map((word) => `__fish_seen_subcommand_from ${word}`)
            .join('; and ')
    for (const child of tree) {
      const parent = child.path.split(' ').slice(0, -1).join(' ')
      if (child.path !== '' && parent === path) {
        lines.push(`complete -c tapistry -n ${quoted(when)} -a ${quoted(child.path.split(' ').at(-1) ?? '')} -d ${quoted(child.summary)}`)
      }
    }
    for (const { flags, summary, takesValue, choices } of options) {
      const named = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)).join(' ')
      const values = choices.length > 0 ? ` -x -a ${quoted(choices.join(' '))}` : takesValue ? ' -r' : ''
      lines.push(`complete -c tapistry -n ${quoted(when)} ${named}${values} -d ${quoted(summary)}`)
    }
  }
  return `${lines.join('\n')}\n`
}

function pathsOf(tree: readonly CommandWords[]): string[] {
  return tree.map(({ path }) => path).filter((path) => path !== '')
}

/** After an option with a closed set of values come these values and nothing else. */
function valueCases(tree: readonly CommandWords[], indent: string): string {
  const choices = new Map<string, Set<string>>()
  for (const { options } of tree) {
    for (const option of options) {
      if (option.choices.length === 0) continue
      for (const flag of option.flags) choices.set(flag, new Set([...(choices.get(flag) ?? []), ...option.choices]))
    }
  }
  return [...choices]
    .map(([flag, values]) => `${indent}${flag}) COMPREPLY=($(compgen -W ${quoted([...values].join(' '))} -- "$current")); return ;;`)
    .join('\n')
}

/** In single quotes, as every POSIX shell and fish read it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
