//! As much of the language as a prompt must know: is the input complete, which variables
//! does it declare or assign, is it one expression or several?

/// What a text at the prompt is made of.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Token {
    Word(String),
    /// `<-` or `:=`
    Arrow,
    /// `:name` of a block.
    Parameter(String),
    Open(char),
    Close(char),
    Bar,
    /// A full stop between statements.
    Stop,
    Other,
}

/// The tokens, and whether the last one has its end.
fn scan(text: &str) -> (Vec<Token>, bool) {
    let mut tokens = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let token = match c {
            c if c.is_whitespace() => continue,
            '"' | '\'' => {
                if !rest.by_ref().any(|d| d == c) {
                    return (tokens, false);
                }
                if c == '"' {
                    continue;
                }
                Token::Other
            }
            '$' => {
                rest.next();
                Token::Other
            }
            '(' | '[' | '{' => Token::Open(c),
            ')' | ']' | '}' => Token::Close(c),
            '|' => Token::Bar,
            '<' if rest.next_if_eq(&'-').is_some() => Token::Arrow,
            ':' if rest.next_if_eq(&'=').is_some() => Token::Arrow,
            ':' => {
                while rest.next_if(|d| d.is_whitespace()).is_some() {}
                Token::Parameter(word(String::new(), &mut rest))
            }
            '.' => match rest.peek() {
                Some(d) if d.is_ascii_digit() => Token::Other,
                _ => Token::Stop,
            },
            c if c.is_alphabetic() || c == '_' => {
                let name = word(c.to_string(), &mut rest);
                let mut after = rest.clone();
                if after.next() == Some(':') && after.next() != Some('=') {
                    rest.next();
                    Token::Other
                } else {
                    Token::Word(name)
                }
            }
            _ => Token::Other,
        };
        tokens.push(token);
    }
    (tokens, true)
}

fn word(mut name: String, rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    while let Some(c) = rest.next_if(|c| c.is_alphanumeric() || *c == '_') {
        name.push(c);
    }
    name
}

/// Is it a chunk of the file-in format?
pub fn is_chunk(text: &str) -> bool {
    let word = text.split_whitespace().next();
    matches!(word, Some("EVAL" | "METHOD" | "META"))
}

/// Is there nothing left open: no bracket, string, comment or trailing backslash? A method
/// ends with its line of one `!`.
pub fn is_complete(text: &str) -> bool {
    if is_chunk(text) {
        return text.starts_with("EVAL") || text.lines().any(|line| line == "!");
    }
    let (tokens, ended) = scan(text);
    let mut depth = 0i32;
    for token in tokens {
        match token {
            Token::Open(_) => depth += 1,
            Token::Close(_) => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            // What is closed too often will not get better with more lines.
            return true;
        }
    }
    ended && depth == 0 && !text.trim_end().ends_with('\\')
}

/// Several lines as one text: a backslash at the end of a line only joins it to the next.
pub fn without_continuations(text: &str) -> String {
    text.lines()
        .map(|line| line.strip_suffix('\\').unwrap_or(line))
        .collect::<Vec<_>>()
        .join("\n")
}

/// An input, ready to be compiled.
#[derive(PartialEq, Eq, Debug)]
pub struct Statements {
    /// The text as one expression; empty if there is nothing to evaluate.
    pub expression: String,
    /// Variables that it declares or assigns.
    pub variables: Vec<String>,
}

/// Reads an input. `| a b |` at its start declares variables of the prompt; so does an
/// assignment to a name, unless that is a parameter of a block.
pub fn read(text: &str) -> Statements {
    let (declared, body) = leading_declarations(text);
    let (tokens, _) = scan(body);
    let parameters: Vec<&String> = tokens
        .iter()
        .filter_map(|t| match t {
            Token::Parameter(name) => Some(name),
            _ => None,
        })
        .collect();
    let mut variables = declared;
    for pair in tokens.windows(2) {
        if let [Token::Word(name), Token::Arrow] = pair
            && name.starts_with(char::is_lowercase)
            && !parameters.contains(&name)
            && !variables.contains(name)
        {
            variables.push(name.clone());
        }
    }
    Statements {
        expression: as_expression(body, &tokens),
        variables,
    }
}

/// `| a b |` at the start of a text, and what comes after it.
fn leading_declarations(text: &str) -> (Vec<String>, &str) {
    let trimmed = text.trim_start();
    if let Some(rest) = trimmed.strip_prefix('|')
        && let Some((names, body)) = rest.split_once('|')
        && names
            .chars()
            .all(|c| c.is_alphanumeric() || c == '_' || c.is_whitespace())
    {
        let names = names.split_whitespace().map(str::to_string).collect();
        return (names, body);
    }
    (Vec::new(), text)
}

/// One expression stays as it is; several, or one that returns, become a block that is
/// run at once.
fn as_expression(body: &str, tokens: &[Token]) -> String {
    let mut end = body.trim();
    let stops_at_end = tokens
        .iter()
        .rev()
        .take_while(|t| **t == Token::Stop)
        .count();
    for _ in 0..stops_at_end {
        // Comments may stand behind the last full stop; then it is left where it is.
        end = end.strip_suffix('.').unwrap_or(end).trim_end();
    }
    let inner = &tokens[..tokens.len() - stops_at_end];
    if inner.is_empty() {
        return String::new();
    }
    let mut depth = 0;
    let several = inner.iter().any(|token| {
        match token {
            Token::Open(_) => depth += 1,
            Token::Close(_) => depth -= 1,
            _ => {}
        }
        depth == 0 && *token == Token::Stop
    });
    if several || end.starts_with('^') {
        format!("[{end}] value")
    } else {
        end.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expression(text: &str) -> String {
        read(text).expression
    }

    #[test]
    fn open_brackets_and_quotes_go_on() {
        for open in [
            "[:x | x",
            "#(1 2",
            "'abc",
            "3 + \"note",
            "3 + \\",
            "$' size + (",
        ] {
            assert!(!is_complete(open), "{open}");
        }
        for whole in [
            "3 + 4",
            "'it''s'",
            "$[",
            "$' value",
            "\"[\" 3",
            ")",
            "'a' + \"'\" 'b'",
        ] {
            assert!(is_complete(whole), "{whole}");
        }
        assert!(!is_complete("METHOD Object\nanswer\n\t^ 42\n"));
        assert!(is_complete("METHOD Object\nanswer\n\t^ 42 )\n!\n"));
        assert!(is_complete("EVAL 3 + (") && !is_chunk("EVALUATE"));
        assert_eq!(without_continuations("3 +\\\n4"), "3 +\n4");
    }

    #[test]
    fn assignments_make_variables() {
        assert_eq!(read("x <- 3").variables, ["x"]);
        assert_eq!(read("x <- y <- 3. z<-4").variables, ["x", "y", "z"]);
        assert_eq!(read("x := y:=3. Foo at: 1").variables, ["x", "y"]);
        assert_eq!(read("| a b | a <- 1").variables, ["a", "b"]);
        assert_eq!(
            read("[:each | each <- 3] value: 4").variables,
            Vec::<String>::new()
        );
        assert_eq!(
            read("'x <- 3' size. \"y <- 3\" Foo <- 1").variables,
            Vec::<String>::new()
        );
        assert_eq!(read("a < -3").variables, Vec::<String>::new());
    }

    #[test]
    fn several_statements_become_a_block() {
        assert_eq!(expression("3 + 4"), "3 + 4");
        assert_eq!(expression("3 + 4."), "3 + 4");
        assert_eq!(expression("x <- 3. x + 4"), "[x <- 3. x + 4] value");
        assert_eq!(expression("[x foo. x bar] value"), "[x foo. x bar] value");
        assert_eq!(expression("^ 3"), "[^ 3] value");
        assert_eq!(expression("3.5 + 1"), "3.5 + 1");
        assert_eq!(expression("| a |"), "");
        assert_eq!(expression(" \"only a note\" "), "");
    }
}
