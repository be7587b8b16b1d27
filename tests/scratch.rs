mod support;
use ecrlint::rules::meta::Profile;
use ecrlint::{Input, lint};
#[test]
fn scratch() {
    let dir = std::env::var("SCRATCH").unwrap();
    let mut inputs = Vec::new();
    for e in walkdir::WalkDir::new(&dir).sort_by_file_name() {
        let e = e.unwrap();
        if !e.file_type().is_file() {
            continue;
        }
        let p = e.path().to_string_lossy().to_string();
        if ![".json", ".yaml", ".yml", ".tpl", ".jsonc"]
            .iter()
            .any(|x| p.ends_with(x))
        {
            continue;
        }
        if let Ok(t) = std::fs::read_to_string(e.path()) {
            if t.contains("Statement") || t.contains("VpcEndpoint") || t.contains("PolicyDocument")
            {
                inputs.push(Input::text(
                    p.strip_prefix(&dir)
                        .unwrap()
                        .trim_start_matches('/')
                        .to_string(),
                    t,
                ));
            }
        }
    }
    let n = inputs.len();
    let s = support::profile(Profile::Pedantic);
    let run = lint(inputs, &support::registry(), &s);
    println!("FILES {n} linted {}", run.report.files_linted);
    print!("{}", support::listing(&run));
}
