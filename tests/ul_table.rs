//! Every one of the 13 x 19 cells of PS3.8 table 9-10, against a transcription of its own.

use dimse::ul::table::{Action, Cell, Event, Next, State, cell};

/// Table 9-10 as printed: two lines for an event, the action above its next state, `-` where the cell is blank.
const PRINTED: &str = "
         Sta1  Sta2  Sta3  Sta4  Sta5  Sta6  Sta7  Sta8  Sta9  Sta10 Sta11 Sta12 Sta13
  Evt1   AE-1  -     -     -     -     -     -     -     -     -     -     -     -
         4     -     -     -     -     -     -     -     -     -     -     -     -
  Evt2   -     -     -     AE-2  -     -     -     -     -     -     -     -     -
         -     -     -     5     -     -     -     -     -     -     -     -     -
  Evt3   -     AA-1  AA-8  -     AE-3  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-6
         -     13    13    -     6     13    13    13    13    13    13    13    13
  Evt4   -     AA-1  AA-8  -     AE-4  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-6
         -     13    13    -     1     13    13    13    13    13    13    13    13
  Evt5   AE-5  -     -     -     -     -     -     -     -     -     -     -     -
         2     -     -     -     -     -     -     -     -     -     -     -     -
  Evt6   -     AE-6  AA-8  -     AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-7
         -     3/13  13    -     13    13    13    13    13    13    13    13    13
  Evt7   -     -     AE-7  -     -     -     -     -     -     -     -     -     -
         -     -     6     -     -     -     -     -     -     -     -     -     -
  Evt8   -     -     AE-8  -     -     -     -     -     -     -     -     -     -
         -     -     13    -     -     -     -     -     -     -     -     -     -
  Evt9   -     -     -     -     -     DT-1  -     AR-7  -     -     -     -     -
         -     -     -     -     -     6     -     8     -     -     -     -     -
  Evt10  -     AA-1  AA-8  -     AA-8  DT-2  AR-6  AA-8  AA-8  AA-8  AA-8  AA-8  AA-6
         -     13    13    -     13    6     7     13    13    13    13    13    13
  Evt11  -     -     -     -     -     AR-1  -     -     -     -     -     -     -
         -     -     -     -     -     7     -     -     -     -     -     -     -
  Evt12  -     AA-1  AA-8  -     AA-8  AR-2  AR-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-6
         -     13    13    -     13    8     9/10  13    13    13    13    13    13
  Evt13  -     AA-1  AA-8  -     AA-8  AA-8  AR-3  AA-8  AA-8  AR-10 AR-3  AA-8  AA-6
         -     13    13    -     13    13    1     13    13    12    1     13    13
  Evt14  -     -     -     -     -     -     -     AR-4  AR-9  -     -     AR-4  -
         -     -     -     -     -     -     -     13    11    -     -     13    -
  Evt15  -     -     AA-1  AA-2  AA-1  AA-1  AA-1  AA-1  AA-1  AA-1  AA-1  AA-1  -
         -     -     13    1     13    13    13    13    13    13    13    13    -
  Evt16  -     AA-2  AA-3  -     AA-3  AA-3  AA-3  AA-3  AA-3  AA-3  AA-3  AA-3  AA-2
         -     1     1     -     1     1     1     1     1     1     1     1     1
  Evt17  -     AA-5  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AR-5
         -     1     1     1     1     1     1     1     1     1     1     1     1
  Evt18  -     AA-2  -     -     -     -     -     -     -     -     -     -     AA-2
         -     1     -     -     -     -     -     -     -     -     -     -     1
  Evt19  -     AA-1  AA-8  -     AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-7
         -     13    13    -     13    13    13    13    13    13    13    13    13
";

#[test]
fn all_247_cells_are_as_printed() {
    let mut lines = PRINTED.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    assert_eq!(lines.next().unwrap(), Vec::<&str>::new());
    let heading: Vec<_> = State::ALL.iter().map(|state| format!("{state:?}")).collect();
    assert_eq!(lines.next().unwrap(), heading);
    let mut cells = 0;
    for event in Event::ALL {
        let actions = lines.next().unwrap();
        let next_states = lines.next().unwrap();
        assert_eq!((actions.len(), next_states.len()), (14, 13), "{event:?}");
        assert_eq!(actions[0], format!("{event:?}"));
        for ((state, action), next) in State::ALL.into_iter().zip(&actions[1..]).zip(&next_states) {
            let printed = ((*action).to_owned(), (*next).to_owned());
            assert_eq!(words(cell(state, event)), printed, "{state:?} {event:?}");
            cells += 1;
        }
    }
    assert_eq!((cells, lines.next()), (247, None));
}

#[test]
fn words_name_states_and_events() {
    assert_eq!(State::Sta6.to_string(), "Sta6 (associated)");
    assert_eq!(Event::Evt11.to_string(), "A-RELEASE request");
}

fn words(cell: Cell) -> (String, String) {
    let number = |state: State| format!("{state:?}").replace("Sta", "");
    match cell {
        Cell::Refused => ("-".to_owned(), "-".to_owned()),
        Cell::Do(action, Next::Is(state)) => (name(action), number(state)),
        Cell::Do(action, Next::Either(first, second)) => {
            (name(action), format!("{}/{}", number(first), number(second)))
        }
    }
}

/// `Ar10` as the standard writes it: `AR-10`.
fn name(action: Action) -> String {
    let name = format!("{action:?}").to_uppercase();
    let (letters, number) = name.split_at(2);
    format!("{letters}-{number}")
}
