//! What is published, and where: nothing of anyone's is lost by it.

use super::record_tests::{changed, content, first_run, study};
use super::tests::{Bench, FILE, names};
use std::fs;
use sweep::description::Experiment;

/// What `publish` says.
fn publish(bench: &Bench, options: &[&str]) -> Result<String, String> {
    let (folder, into) = (study(bench), bench.path("results/published"));
    let start = ["publish", folder.to_str().unwrap(), "--into", into.to_str().unwrap()];
    bench.call(&[&start, options].concat()).map(|(_, out)| out)
}

#[test]
fn published_results_are_replaced_by_more_of_the_same_work_alone() {
    let bench = Bench::new(FILE);
    bench.run().unwrap();
    let out = publish(&bench, &[]).unwrap();
    assert!(out.starts_with("9 runs, ") && out.contains("\nmade "), "{out}");
    let to = bench.path("results/published/study");
    let expected = ["experiment.json", "figures", "report.html", "report.md", "tables"];
    assert_eq!(names(&to), expected.map(str::to_owned).into());
    assert_eq!(names(&bench.path("results/published")), ["study".to_owned()].into());
    let record = Experiment::read(&to).unwrap();
    assert_eq!((record.published, record.place), (true, None));
    assert!(!Experiment::read(&study(&bench)).unwrap().published);

    // Nothing of before is left, and what goes on may be published again.
    fs::write(to.join("tables/of-before.csv"), "").unwrap();
    fs::remove_dir_all(first_run(&study(&bench))).unwrap();
    bench.run().unwrap();
    publish(&bench, &[]).unwrap();
    assert!(!to.join("tables/of-before.csv").exists());
    assert_eq!(Experiment::read(&to).unwrap().sessions.len(), 2);

    // Another machine's work.
    let record = to.join("experiment.json");
    changed(&record, |text| text.replace("\"date\": \"2", "\"date\": \"1"));
    let before = fs::read_to_string(&record).unwrap();
    let error = publish(&bench, &[]).unwrap_err();
    assert!(error.contains("here is what was made 1") && error.contains("--force"), "{error}");
    assert_eq!(fs::read_to_string(&record).unwrap(), before);
    publish(&bench, &["--force"]).unwrap();
    assert_ne!(fs::read_to_string(&record).unwrap(), before);
    assert_eq!(names(&bench.path("results/published")), ["study".to_owned()].into());
}

/// Whatever became of report and tables since, what is published is what the records say.
#[test]
fn what_is_published_is_made_of_the_records() {
    let bench = Bench::new(FILE);
    bench.run().unwrap();
    let made = |file: &str| fs::read_to_string(study(&bench).join(file)).unwrap();
    let files = ["report.md", "tables/runs.csv", "tables/metrics.csv"];
    let before = files.map(made);
    for file in files {
        changed(&study(&bench).join(file), |_| "of before".to_owned());
    }
    publish(&bench, &[]).unwrap();
    let to = bench.path("results/published/study");
    assert_eq!(files.map(|file| fs::read_to_string(to.join(file)).unwrap()), before);
}

#[test]
fn runs_and_published_results_keep_apart() {
    let bench = Bench::new(FILE);
    bench.run().unwrap();
    publish(&bench, &[]).unwrap();
    bench.trainings();
    let (file, published) = (bench.path("study.yaml"), bench.path("results/published"));
    let (file, published) = (file.to_str().unwrap(), published.to_str().unwrap());
    let to = format!("{published}/study");
    let folder = study(&bench);
    let folder = folder.to_str().unwrap();
    fs::write(bench.path("other.yaml"), FILE).unwrap();
    let other = bench.path("other.yaml");
    for arguments in [
        &["run", file, "--results", published][..],
        &["run", other.to_str().unwrap(), "--results", published],
        &["merge", folder, "--into", &to],
        &["publish", &to, "--into", published],
        &["publish", folder, "--into", bench.path("results").to_str().unwrap()],
    ] {
        let error = bench.call(arguments).unwrap_err();
        let told = ["published results", "in the experiment's own folder, or in its place"];
        assert!(told.iter().any(|told| error.contains(told)), "{arguments:?}: {error}");
    }
    assert_eq!(bench.trainings(), 0);
    assert_eq!(names(&bench.path("results/published")), ["study".to_owned()].into());
    assert!(!bench.path("results/published/study/runs").exists());
}

#[test]
fn an_experiment_is_not_published_into_itself_nor_in_its_own_place() {
    let bench = Bench::new(FILE);
    bench.run().unwrap();
    let (folder, results) = (study(&bench), bench.path("results"));
    let within = folder.join("tables/kept");
    let mut places = vec![results.clone(), folder.clone(), within, results.join("x/..")];
    #[cfg(unix)]
    {
        let link = bench.path("link");
        std::os::unix::fs::symlink(&results, &link).unwrap();
        places.push(link);
        // The name of the experiment leads to its folder.
        let aside = bench.path("aside");
        fs::create_dir(&aside).unwrap();
        std::os::unix::fs::symlink(&folder, aside.join("study")).unwrap();
        places.push(aside);
    }
    let before = content(&folder);
    for into in places {
        for force in [&[][..], &["--force"]] {
            let start = ["publish", folder.to_str().unwrap(), "--into", into.to_str().unwrap()];
            let error = bench.call(&[&start, force].concat()).unwrap_err();
            assert!(error.contains("own folder, or in its place"), "{}: {error}", into.display());
            assert_eq!(content(&folder), before, "{}", into.display());
        }
    }
}

#[test]
fn nothing_foreign_is_replaced_by_what_is_published() {
    let bench = Bench::new(FILE);
    bench.run().unwrap();
    let to = bench.path("results/published/study");
    fs::create_dir_all(&to).unwrap();
    fs::write(to.join("letter.txt"), "Dear reader").unwrap();
    let refused = |told: &str| {
        let before = content(&to);
        let error = publish(&bench, &[]).unwrap_err();
        assert!(error.contains(told) && error.contains("--force replaces it"), "{error}");
        assert_eq!(content(&to), before);
    };
    refused("this is no experiment");
    // Work of which no session is known, or that is not published.
    let mut record = Experiment::read(&study(&bench)).unwrap();
    record.write(&to).unwrap();
    refused("this was not published");
    (record.published, record.sessions) = (true, Vec::new());
    record.write(&to).unwrap();
    refused("this was not published");
    publish(&bench, &["--force"]).unwrap();
    assert!(!to.join("letter.txt").exists());
}

#[test]
fn what_is_not_whole_is_not_published() {
    let bench = Bench::new(FILE);
    bench.run().unwrap();
    let folder = study(&bench);
    let run = first_run(&folder);
    let refused = |told: &str| {
        let error = publish(&bench, &[]).unwrap_err();
        assert!(error.contains(told), "{error}");
        assert!(!bench.path("results/published/study").exists());
    };
    let model = fs::read(run.join("model.safetensors")).unwrap();
    fs::write(run.join("model.safetensors"), "").unwrap();
    refused("model.safetensors: it has 0 bytes, and had ");
    fs::write(run.join("model.safetensors"), model).unwrap();
    fs::remove_dir_all(&run).unwrap();
    refused("no result of 1 of 9 runs (");
    // The command that made the rest makes this one, too.
    refused("study.yaml --results ");
    // Made again, but for the tables: these are made of the runs that are here.
    let tables = folder.join("tables");
    let rows = fs::read(tables.join("runs.parquet")).unwrap();
    fs::write(bench.path("study.yaml"), FILE.replace("[1, 2, 3]", "[1, 2]")).unwrap();
    bench.run().unwrap();
    fs::write(tables.join("runs.parquet"), rows).unwrap();
    assert!(publish(&bench, &[]).unwrap().starts_with("6 runs"));
}

#[test]
fn the_index_has_what_is_published_and_leaves_nothing_half_written() {
    let bench = Bench::new(FILE);
    bench.run().unwrap();
    publish(&bench, &[]).unwrap();
    let results = bench.path("results");
    fs::write(results.join(".index.html.1-0.part"), "<html").unwrap();
    let (_, out) = bench.call(&["index", results.to_str().unwrap()]).unwrap();
    assert!(out.starts_with("experiments: 2\n"), "{out}");
    let page = fs::read_to_string(results.join("index.html")).unwrap();
    for link in
        ["\"study/report.html\">study<", "\"published/study/report.html\">study (published)<"]
    {
        assert!(page.contains(link), "{link}: {page}");
    }
    let expected = ["index.html", "published", "study"];
    assert_eq!(names(&results), expected.map(str::to_owned).into());
}
