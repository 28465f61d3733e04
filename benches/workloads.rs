//! The workloads of docs/bench.md natively: on the CPU with all threads and with one, through wgpu where the crate has the feature `webgpu` and
//! the machine an adapter, and by PyTorch where `FEWSTEPS_PYTHON` (or `python3`) has it. Each contender is a process of its own; all of them
//! repeat the same recorded steps first, then take turns.
//!
//! `cargo bench --bench workloads [--features webgpu] [-- --quick]` writes docs/bench-native.json; `cargo xtask bench` shows it.
//! `--quick` takes few steps and writes nothing.

use std::env;
use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Instant;

use burn::tensor::Device;
use fewsteps::workload::Workload;
use pollster::block_on;
use safetensors::SafeTensors;
use serde_json::{Value, json};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Largest relative difference from the recorded losses, and from the recorded samples, that rounding explains.
const SAME_LOSSES: f64 = 1e-3;
const SAME_SAMPLES: f64 = 1e-2;

/// A workload and what is sampled with it: points and evaluations.
const WORKLOADS: [(&str, usize, usize); 3] = [("w1", 10_000, 50), ("w2", 10_000, 50), ("w3", 16, 20)];

/// How much is measured.
struct Plan {
    /// Steps whose losses must agree.
    agree: usize,
    /// Milliseconds of a turn.
    turn: f64,
    rounds: usize,
    sampled: usize,
}

fn main() -> Outcome<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    if let [serve, record, workload, device] = &words[..]
        && serve == "--serve"
    {
        return answer(Path::new(record), workload, device);
    }
    let quick = words.iter().any(|word| word == "--quick");
    let plan = match quick {
        true => Plan { agree: 4, turn: 0.0, rounds: 1, sampled: 1 },
        false => Plan { agree: 8, turn: 700.0, rounds: 9, sampled: 3 },
    };
    let mut all = Vec::new();
    for (workload, count, evaluations) in WORKLOADS {
        all.extend(compare(workload, count, evaluations, &plan)?);
    }
    if !quick {
        let report = json!({ "processor": processor(), "cores": thread::available_parallelism()?.get(), "runs": all });
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/bench-native.json");
        fs::write(path, serde_json::to_string_pretty(&report)? + "\n")?;
    }
    Ok(())
}

/// All contenders at one workload, in turn.
fn compare(workload: &str, count: usize, evaluations: usize, plan: &Plan) -> Outcome<Vec<Value>> {
    let mut recorder = Workload::named(workload, &Device::flex())?;
    let path = env::temp_dir().join(format!("fewsteps-{workload}-{}.safetensors", std::process::id()));
    fs::write(&path, block_on(recorder.record(plan.agree, count, evaluations))?)?;
    let (_, losses) = tensor(&path, "losses")?;
    let mut contenders = contenders(workload, &path)?;
    for contender in &mut contenders {
        contender.agree(&losses)?;
    }
    for _ in 0..plan.rounds {
        for contender in &mut contenders {
            let steps = (plan.turn / contender.pace).round().max(1.0) as usize;
            let (milliseconds, _) = contender.ask(&format!("steps {steps}"))?;
            contender.pace = milliseconds / steps as f64;
            contender.steps.push(contender.pace);
        }
    }
    for _ in 0..plan.sampled {
        for contender in &mut contenders {
            let (milliseconds, _) = contender.ask("sample")?;
            contender.samples.push(milliseconds);
        }
    }
    fs::remove_file(path)?;
    let of = |contender: &Contender| {
        let Contender { name, steps, samples, off_losses, off_samples, .. } = contender;
        println!(
            "{workload} {name}: {:.2} ms a step, {:.0} ms to sample {count} in {evaluations} steps; losses within {off_losses:.0e}",
            median(steps),
            median(samples)
        );
        json!({
            "workload": workload, "name": name, "milliseconds": steps, "sampling": samples,
            "offLosses": off_losses, "offSamples": off_samples,
        })
    };
    Ok(contenders.iter().map(of).collect())
}

/// A process that answers a line by the milliseconds that it took and by a number.
struct Contender {
    name: String,
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    pace: f64,
    steps: Vec<f64>,
    samples: Vec<f64>,
    off_losses: f64,
    off_samples: f64,
}

impl Contender {
    fn start(name: String, command: &mut Command) -> Outcome<Self> {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = process.stdin.take().ok_or("no input")?;
        let output = BufReader::new(process.stdout.take().ok_or("no output")?);
        let [steps, samples] = [Vec::new(), Vec::new()];
        Ok(Self {
            name,
            process,
            input,
            output,
            pace: f64::NAN,
            steps,
            samples,
            off_losses: f64::NAN,
            off_samples: f64::NAN,
        })
    }

    fn ask(&mut self, line: &str) -> Outcome<(f64, f64)> {
        writeln!(self.input, "{line}")?;
        let mut answer = String::new();
        self.output.read_line(&mut answer)?;
        let numbers: Result<Vec<f64>, _> = answer.split_whitespace().map(str::parse).collect();
        match numbers?[..] {
            [milliseconds, value] => Ok((milliseconds, value)),
            _ => Err(format!("{} ended at “{line}”", self.name).into()),
        }
    }

    /// The recorded steps and samples, which must be found again.
    fn agree(&mut self, losses: &[f32]) -> Outcome<()> {
        self.off_losses = 0.0;
        for &expected in losses {
            let (milliseconds, loss) = self.ask("steps 1")?;
            self.pace = milliseconds;
            self.off_losses = self.off_losses.max((loss / f64::from(expected) - 1.0).abs());
        }
        (_, self.off_samples) = self.ask("sample")?;
        match self.off_losses < SAME_LOSSES && self.off_samples < SAME_SAMPLES {
            true => Ok(()),
            false => {
                let Self { name, off_losses, off_samples, .. } = self;
                Err(format!("{name} does other work: losses off by {off_losses}, samples by {off_samples}").into())
            }
        }
    }
}

impl Drop for Contender {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Whoever this build and this machine have.
fn contenders(workload: &str, record: &Path) -> Outcome<Vec<Contender>> {
    let cores = thread::available_parallelism()?.get();
    let threads: Vec<usize> = if cores == 1 { vec![1] } else { vec![cores, 1] };
    let mut all = Vec::new();
    for &count in &threads {
        let mut command = ours(record, workload, "flex")?;
        all.push(Contender::start(
            format!("ours, {}", spoken(count)),
            command.env("RAYON_NUM_THREADS", count.to_string()),
        )?);
    }
    if let Some(adapter) = adapter() {
        all.push(Contender::start(format!("ours, wgpu on {adapter}"), &mut ours(record, workload, "wgpu")?)?);
    }
    let python = env::var("FEWSTEPS_PYTHON").unwrap_or_else(|_| "python3".into());
    match version(&python) {
        Some(version) => {
            for count in threads {
                let mut command = Command::new(&python);
                command
                    .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/workloads.py"))
                    .arg(record)
                    .arg(count.to_string());
                all.push(Contender::start(format!("PyTorch {version}, {}", spoken(count)), &mut command)?);
            }
        }
        None => println!("{workload}: no PyTorch; FEWSTEPS_PYTHON may name a Python that has it"),
    }
    Ok(all)
}

fn spoken(threads: usize) -> String {
    if threads == 1 { "1 thread".into() } else { format!("{threads} threads") }
}

fn ours(record: &Path, workload: &str, device: &str) -> Outcome<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.arg("--serve").arg(record).args([workload, device]);
    Ok(command)
}

/// PyTorch's, where `python` has it.
fn version(python: &str) -> Option<String> {
    let found =
        Command::new(python).args(["-c", "import torch; print(torch.__version__)"]).stderr(Stdio::null()).output();
    let found = found.ok().filter(|found| found.status.success())?;
    Some(String::from_utf8_lossy(&found.stdout).trim().to_owned())
}

/// The name of the adapter that wgpu would take; a software one is good for counts and losses, not for times.
#[cfg(feature = "webgpu")]
fn adapter() -> Option<String> {
    let (_, setup) = Device::wgpu_options().init_with_setup().ok()?;
    Some(setup.adapter.get_info().name)
}

#[cfg(not(feature = "webgpu"))]
fn adapter() -> Option<String> {
    None
}

#[cfg(feature = "webgpu")]
fn wgpu() -> Outcome<Device> {
    Ok(Device::wgpu_options().init()?)
}

#[cfg(not(feature = "webgpu"))]
fn wgpu() -> Outcome<Device> {
    Err("this build has no wgpu".into())
}

/// Our end of a contender.
fn answer(record: &Path, workload: &str, device: &str) -> Outcome<()> {
    let device = if device == "flex" { Device::flex() } else { wgpu()? };
    let (shape, end) = tensor(record, "end")?;
    let evaluations = tensor(record, "sigmas")?.1.len() - 1;
    let mut work = Workload::named(workload, &device)?;
    for line in std::io::stdin().lines() {
        let line = line?;
        let begin = Instant::now();
        let value = match line.strip_prefix("steps ") {
            Some(count) => f64::from(block_on(work.steps(count.parse()?))?),
            None => off(&block_on(work.sample(shape[0], evaluations))?, &end),
        };
        println!("{} {value}", begin.elapsed().as_secs_f64() * 1e3);
    }
    Ok(())
}

/// The root of the mean squared difference over that of `expected`.
fn off(found: &[f32], expected: &[f32]) -> f64 {
    let power = |values: &mut dyn Iterator<Item = f32>| values.map(|x| f64::from(x).powi(2)).sum::<f64>();
    let difference = power(&mut found.iter().zip(expected).map(|(found, expected)| found - expected));
    (difference / power(&mut expected.iter().copied())).sqrt()
}

/// Shape and numbers of a tensor of the recording.
fn tensor(record: &Path, name: &str) -> Outcome<(Vec<usize>, Vec<f32>)> {
    let bytes = fs::read(record)?;
    let tensors = SafeTensors::deserialize(&bytes)?;
    let view = tensors.tensor(name)?;
    let numbers = view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    Ok((view.shape().to_vec(), numbers))
}

fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 }
}

/// What the machine calls its processor, where it says.
fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")).and_then(|rest| rest.split_once(':'));
    name.map_or_else(|| env::consts::ARCH.into(), |(_, name)| name.trim().to_owned())
}
