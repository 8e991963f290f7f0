/** The verbs about the shell's completion. */
import { Argument, type Command } from "commander";
import { examples } from "./cli-options.ts";
import { SHELLS, type Shell } from "./completion.ts";

export function addCompletion(program: Command, done: (code: number) => void): void {
  program
    .command("completion")
    .description("a script that completes commands, options, pools and targets")
    .addArgument(new Argument("<shell>", "whose").choices(SHELLS))
    .addHelpText(
      "after",
      examples(
        "roundtrip completion fish > ~/.config/fish/completions/roundtrip.fish",
        'eval "$(roundtrip completion bash)"',
      ),
    )
    .action(async (shell: Shell) => {
      const { completion } = await import("./completion.ts");
      done(completion(shell));
    });
  program
    .command("complete", { hidden: true })
    .description("what may stand at the end of these words; for the script of completion")
    .argument("[words...]")
    .addHelpText("after", examples("roundtrip complete -- drain sh"))
    .action(async (words: string[]) => {
      const { completeCommand } = await import("./complete-command.ts");
      done(await completeCommand(program, words));
    });
}
