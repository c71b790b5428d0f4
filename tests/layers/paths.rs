//! Every path that a source file names, from its tokens.

use proc_macro2::{Delimiter, Group, LexError, TokenStream, TokenTree};

/// A path as written, with use trees taken apart and `self` and `super` resolved: `crate::ul::machine`, `std::fs::File`,
/// `Instant::now`. A keyword or a name alone is a path of one segment.
#[derive(Debug)]
pub(crate) struct SourcePath {
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
    /// Behind `#[cfg(test)]`, or in a file `tests.rs`.
    pub(crate) in_tests: bool,
}

/// The paths in the text of the file that is `module`.
pub(crate) fn source_paths(text: &str, module: &[String]) -> Result<Vec<SourcePath>, LexError> {
    let in_tests = module.last().is_some_and(|name| name == "tests");
    let mut reader = Reader { found: Vec::new() };
    reader.walk(text.parse()?, &Place { module: module.to_vec(), in_tests });
    Ok(reader.found)
}

/// Where in the module tree the tokens stand.
struct Place {
    module: Vec<String>,
    in_tests: bool,
}

struct Reader {
    found: Vec<SourcePath>,
}

impl Reader {
    fn walk(&mut self, tokens: TokenStream, outer: &Place) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut place = Place { module: outer.module.clone(), in_tests: outer.in_tests };
        let mut at = 0;
        while let Some(rest) = tokens.get(at..).filter(|rest| !rest.is_empty()) {
            match rest {
                [TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Group(body), ..]
                    if word == "mod" && body.delimiter() == Delimiter::Brace =>
                {
                    place.module.push(name.to_string());
                    self.walk(body.stream(), &place);
                    place.module.pop();
                    place.in_tests = outer.in_tests;
                    at += 3;
                }
                [TokenTree::Ident(word), TokenTree::Group(scope), ..]
                    if word == "pub" && is_visibility(scope) =>
                {
                    at += 2;
                }
                [TokenTree::Ident(_), ..] => at += self.path(rest, &[], &place),
                [TokenTree::Group(group), ..] => {
                    self.walk(group.stream(), &place);
                    match group.delimiter() {
                        Delimiter::Bracket if is_cfg_test(group) => place.in_tests = true,
                        Delimiter::Brace => place.in_tests = outer.in_tests,
                        _ => {}
                    }
                    at += 1;
                }
                [TokenTree::Punct(punct), ..] => {
                    if punct.as_char() == ';' {
                        place.in_tests = outer.in_tests;
                    }
                    at += 1;
                }
                _ => at += 1,
            }
        }
    }

    /// Reads one path or use tree that begins where `tokens` do, below `prefix`; says how many tokens it took.
    fn path(&mut self, tokens: &[TokenTree], prefix: &[String], place: &Place) -> usize {
        let mut segments = prefix.to_vec();
        let line = tokens.first().map_or(0, |token| token.span().start().line);
        let mut at = 0;
        loop {
            match tokens.get(at) {
                Some(TokenTree::Ident(name)) => segments.push(name.to_string()),
                Some(TokenTree::Group(tree)) if tree.delimiter() == Delimiter::Brace => {
                    let tree: Vec<TokenTree> = tree.stream().into_iter().collect();
                    for part in tree.split(is_comma).filter(|part| !part.is_empty()) {
                        self.path(part, &segments, place);
                    }
                    return at + 1;
                }
                Some(TokenTree::Punct(star)) if star.as_char() == '*' => segments.push("*".to_owned()),
                _ => break, // `::<`
            }
            at += 1;
            if !matches!(tokens.get(at..at + 2), Some([first, second]) if is_colon(first) && is_colon(second))
            {
                break;
            }
            at += 2;
        }
        let segments = resolve(&segments, &place.module);
        self.found.push(SourcePath { segments, line, in_tests: place.in_tests });
        at.max(1)
    }
}

/// The same path from the root of the crate.
fn resolve(segments: &[String], module: &[String]) -> Vec<String> {
    let mut resolved: Vec<String> = Vec::new();
    for segment in segments {
        match segment.as_str() {
            "self" | "super" => {
                if resolved.is_empty() {
                    resolved.push("crate".to_owned());
                    resolved.extend_from_slice(module);
                }
                if segment == "super" && resolved.len() > 1 {
                    resolved.pop();
                }
            }
            "crate" => resolved = vec!["crate".to_owned()],
            name => resolved.push(name.to_owned()),
        }
    }
    resolved
}

/// `pub(crate)`, `pub(super)`, `pub(in crate::ul)`: visibility is no dependency.
fn is_visibility(scope: &Group) -> bool {
    let scope: Vec<TokenTree> = scope.stream().into_iter().collect();
    match scope.as_slice() {
        [TokenTree::Ident(word)] => word == "crate" || word == "super" || word == "self",
        [TokenTree::Ident(word), ..] => word == "in",
        _ => false,
    }
}

fn is_cfg_test(attribute: &Group) -> bool {
    attribute.stream().to_string().replace(' ', "") == "cfg(test)"
}

fn is_comma(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',')
}

fn is_colon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':')
}
