//! The command line: commands, options, and how sizes are written.

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

/// The words after `smallworld`.
#[derive(Parser, Debug)]
#[command(
    name = "smallworld",
    version,
    long_version = crate::info::long_version(),
    about = "Runs the Smalltalk image that this program was compiled from",
    after_help = "Examples:\n  \
        smallworld                              start the image, or a prompt\n  \
        smallworld eval '3 + 4' '10 benchFib'   print values\n  \
        smallworld run program.st               file in a program\n  \
        smallworld save my.image --run patch.st\n\n\
        Exit codes: 0 done, 1 the Smalltalk program failed, 2 wrong usage or an unusable file,\n\
        3 a bug in this program; 128 and more: ended by a signal."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What goes for all commands.
    #[command(flatten)]
    pub options: GlobalOptions,
}

/// Options of every command.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Options for all commands")]
pub struct GlobalOptions {
    /// Run this image; what it shares with the built one stays native
    #[arg(long, global = true, value_name = "PATH")]
    pub image: Option<PathBuf>,
    /// Which code may run
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "TIER",
        default_value = "specialised"
    )]
    pub tier: Tier,
    /// Write what the inline caches saw to this file at exit
    #[arg(long, global = true, value_name = "PATH")]
    pub profile_out: Option<PathBuf>,
    /// Let programs touch no files but those named on this command line
    #[arg(long, global = true, conflicts_with = "files_inside")]
    pub no_files: bool,
    /// Let programs touch only files in this folder, wherever names, links and .. lead
    #[arg(long = "files", global = true, value_name = "DIR")]
    pub files_inside: Option<PathBuf>,
    /// Let programs read no variables of the environment
    #[arg(long, global = true)]
    pub no_environment: bool,
    /// What the program finds in `Smalltalk arguments`
    #[arg(skip)]
    pub arguments: Vec<String>,
    /// Let primitive 255 panic, to see what is reported then
    #[arg(long, global = true, hide = true)]
    pub provoke_bug: bool,
    /// Sample where the time goes; write a flame graph (SVG) to this file at exit, and the
    /// stacks it is made of beside it, with the extension folded
    #[arg(long, global = true, value_name = "SVG")]
    pub profile_time: Option<PathBuf>,
    /// Take texts in the language of 2015: no cascades, no symbols, variables of blocks that are shared
    #[arg(long, global = true, value_enum, value_name = "NAME")]
    pub dialect: Option<DialectName>,
    /// Show windows as text on standard error
    #[arg(long, global = true)]
    pub headless: bool,
    /// How windows stand on the display
    #[cfg(feature = "gui")]
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "HOW",
        default_value = "native"
    )]
    pub windows: Windows,
    /// Light or dark windows
    #[cfg(feature = "gui")]
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "THEME",
        default_value = "system"
    )]
    pub theme: Theme,
    /// Most object memory, for example 64M
    #[arg(long, global = true, value_name = "SIZE", value_parser = parse_size)]
    pub max_heap: Option<usize>,
    /// Most machine stack (for recursion), for example 256M
    #[arg(long, global = true, value_name = "SIZE", value_parser = parse_stack)]
    pub max_stack: Option<usize>,
    /// Collect garbage at every N-th safepoint (a test of the machine itself)
    #[arg(
        long,
        global = true,
        value_name = "N",
        default_value_t = 0,
        hide_default_value = true
    )]
    pub gc_stress: u32,
    /// Say on standard error what the machine does: vm, or of that only vm/cache, vm/gc,
    /// vm/process, vm/jit, vm/jit/code, vm/jit/exit or vm/jit/recompile; then = and error, warn, info,
    /// debug or trace
    #[arg(long, global = true, value_name = "TARGET=LEVEL", value_parser = crate::trace::parse_filter)]
    pub trace: Vec<crate::trace::Filter>,
}

/// Which code may run.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tier {
    /// Bytecodes, one by one
    Interpreter,
    /// Native code, without the versions a profile asked for
    Baseline,
    /// The best there is
    Specialised,
}

/// A language that texts can be in.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum DialectName {
    /// That of the images of 2004 and 2015
    #[value(name = "2015")]
    Of2015,
    /// That of the image
    #[value(name = "current")]
    Current,
}

/// How windows stand on the display.
#[cfg(feature = "gui")]
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Windows {
    /// Each is a window of the desktop's
    Native,
    /// All are inside one
    Desktop,
}

/// Light or dark.
#[cfg(feature = "gui")]
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Theme {
    /// As the desktop says
    System,
    /// Dark letters on light ground
    Light,
    /// Light letters on dark ground
    Dark,
}

/// The commands.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Evaluate expressions and print their values
    #[command(
        after_help = "Examples:\n  smallworld eval '3 + 4' '(1/3) printString'\n  \
        printf '3 + 4\\n' | smallworld eval --lines - --fresh"
    )]
    Eval(EvalArgs),
    /// File in programs, then exit
    #[command(after_help = "Examples:\n  smallworld run classes.st program.st\n  \
        smallworld run program.st -- input.txt 3")]
    Run {
        /// Files in the image's file-in format
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// What the program finds in `Smalltalk arguments`
        #[arg(last = true, value_name = "ARGUMENT")]
        arguments: Vec<String>,
    },
    /// Read expressions, print their values
    #[command(
        after_help = "Example:\n  printf 'x <- 3\\nx + 4\\n' | smallworld repl\n\n\
        At the prompt, :help lists what else it understands."
    )]
    Repl,
    /// Run benchmarks
    #[command(after_help = "Example:\n  smallworld bench fib richards --json")]
    Bench(BenchArgs),
    /// Write the image to a file
    #[command(after_help = "Example:\n  smallworld save my.image --run patch.st\n  \
        smallworld --image my.image eval '3 + 4'")]
    Save {
        /// The file; an existing one is replaced all at once
        path: PathBuf,
        /// File these in before
        #[arg(long, value_name = "FILE", num_args = 1..)]
        run: Vec<PathBuf>,
    },
    /// Say what this program is made of
    #[command(after_help = "Example:\n  smallworld info --json")]
    Info {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print a script that completes commands and options in a shell
    #[command(
        after_help = "Example:\n  smallworld completions bash > ~/.local/share/bash-completion/completions/smallworld"
    )]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one for each command to a folder
    #[command(hide = true)]
    Man {
        /// The folder
        #[arg(value_name = "FOLDER")]
        folder: Option<PathBuf>,
    },
}

/// What `eval` takes.
#[derive(Args, Debug)]
pub struct EvalArgs {
    /// Expressions; the first that fails ends it
    #[arg(
        value_name = "EXPR",
        required_unless_present = "lines",
        conflicts_with = "lines",
        value_parser = parse_expression
    )]
    pub expressions: Vec<String>,
    /// One expression a line from this file (- is standard input), one line of result each
    #[arg(long, value_name = "FILE")]
    pub lines: Option<PathBuf>,
    /// Start every line from the image as it was
    #[arg(long)]
    pub fresh: bool,
}

/// What `bench` takes.
#[derive(Args, Debug)]
pub struct BenchArgs {
    /// Which ones; all of them if none is named
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// How often each one runs
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub runs: u32,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Say how the medians differ from those in this file, which --json has written
    #[arg(long, value_name = "OLD.json")]
    pub compare: Option<PathBuf>,
}

/// What marks an expression that could be taken for options: no argument holds it otherwise.
const MARK: &str = "\0";

/// The words of the command line, with those after `eval` marked that begin like a negative
/// number: no option does.
pub fn with_negative_numbers(words: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let command = Cli::command();
    let eval = command.find_subcommand("eval");
    let options = command
        .get_arguments()
        .chain(eval.iter().flat_map(|e| e.get_arguments()));
    let valued: Vec<String> = options
        .filter(|option| option.get_action().takes_values())
        .filter_map(|option| Some(format!("--{}", option.get_long()?)))
        .collect();
    let mut words: Vec<OsString> = words.collect();
    let Some(start) = words.iter().position(|word| word == "eval") else {
        return words;
    };
    let end = words
        .iter()
        .position(|word| word == "--")
        .unwrap_or(words.len());
    for at in start + 1..end {
        let is_value = words[at - 1]
            .to_str()
            .is_some_and(|before| valued.iter().any(|v| v == before));
        let is_number = words[at]
            .to_str()
            .and_then(|word| word.strip_prefix('-'))
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == ' '));
        if is_number && !is_value {
            let mut marked = OsString::from(MARK);
            marked.push(&words[at]);
            words[at] = marked;
        }
    }
    words
}

/// An expression without its mark.
fn parse_expression(word: &str) -> Result<String, String> {
    Ok(word.strip_prefix(MARK).unwrap_or(word).to_string())
}

/// Bytes from a number with an optional K, M or G.
fn parse_size(text: &str) -> Result<usize, String> {
    let help = "write a number of bytes with an optional K, M or G, for example 64M";
    let (digits, unit) = match text.chars().last().map(|c| c.to_ascii_uppercase()) {
        Some('K') => (&text[..text.len() - 1], 1 << 10),
        Some('M') => (&text[..text.len() - 1], 1 << 20),
        Some('G') => (&text[..text.len() - 1], 1 << 30),
        _ => (text, 1),
    };
    let number: usize = digits.parse().map_err(|_| help.to_string())?;
    number
        .checked_mul(unit)
        .filter(|&bytes| bytes > 0 && bytes <= 1 << 40)
        .ok_or_else(|| format!("out of range; {help}"))
}

/// A size of machine stack: the machine keeps some of it for itself.
fn parse_stack(text: &str) -> Result<usize, String> {
    match parse_size(text)? {
        bytes if bytes < 1 << 18 => Err("the machine needs at least 256K".into()),
        bytes if bytes > 1 << 36 => Err("the most is 64G".into()),
        bytes => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn expressions_may_begin_with_a_minus() {
        let parsed = |words: &[&str]| {
            let words = words.iter().map(OsString::from);
            Cli::try_parse_from(with_negative_numbers(words))
        };
        let expressions = |words: &[&str]| match parsed(words).unwrap().command {
            Some(Command::Eval(eval)) => eval.expressions,
            other => panic!("{other:?}"),
        };
        let all = [
            "smallworld",
            "eval",
            "-5",
            "--tier",
            "baseline",
            "-5 abs",
            "- 3",
            "4",
        ];
        assert_eq!(expressions(&all), ["-5", "-5 abs", "- 3", "4"]);
        assert_eq!(
            expressions(&["smallworld", "eval", "--", "-5", "-x"]),
            ["-5", "-x"]
        );
        assert_eq!(
            expressions(&["smallworld", "--image", "nogui.image", "eval", "-1"]),
            ["-1"]
        );
        for wrong in [
            &["smallworld", "eval", "-x"][..],
            &["smallworld", "-5"],
            &["smallworld", "eval", "3", "--max-heap", "-5"],
        ] {
            let message = parsed(wrong).unwrap_err().to_string();
            assert!(!message.contains(MARK), "{message}");
        }
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(parse_size("64M"), Ok(64 << 20));
        assert_eq!(parse_size("1g"), Ok(1 << 30));
        assert_eq!(parse_size("4096"), Ok(4096));
        for wrong in ["banana", "", "K", "-1", "1.5M", "0", "99999999999G", "é"] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
        assert!(parse_stack("1K").is_err());
    }
}
