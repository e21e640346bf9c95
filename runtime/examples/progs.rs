//! scratch
use smallworld_image::Image; use smallworld_runtime::*;
fn main(){ let mut a=std::env::args().skip(1); let img=Image::read_file(a.next().unwrap().as_ref()).unwrap(); let dir=a.next().unwrap();
 let mut o=Options::default(); if let Ok(s)=std::env::var("STRESS"){o.gc_stress=s.parse().unwrap();}
 o.stack_words=1<<20;
 for f in std::fs::read_dir(&dir).unwrap() { let f=f.unwrap().path(); if f.extension().is_none_or(|e|e!="st"){continue;} let n=f.file_stem().unwrap().to_str().unwrap().to_string();
  std::fs::copy(&f,format!("{n}.st")).unwrap(); let mut vm=Vm::new(&native::NO_NATIVE,&img,false,o.clone(),Box::new(ui::Headless::silent()));
  let t=std::time::Instant::now();
  let r=vm.file_in(&format!("{n}.st")).unwrap(); let mut got=lines::result_line(&r).into_bytes(); got.push(b'\n'); got.extend(std::fs::read(format!("{n}.out")).unwrap_or_default());
  let want=std::fs::read(f.with_extension("expect")).unwrap(); println!("{n} {} {:?}", got==want, t.elapsed()); if got!=want {println!("{}\n---\n{}",String::from_utf8_lossy(&got),String::from_utf8_lossy(&want));}
  if let Ok(b)=std::fs::read(f.with_extension("bench.expr")) { let w=std::fs::read(f.with_extension("bench.expect")).unwrap(); for (e,x) in b.split(|b|*b==b'\n').zip(w.split(|b|*b==b'\n')) { if e.is_empty(){continue;} let t=std::time::Instant::now(); let r=lines::result_line(&vm.evaluate(e).unwrap()); println!("   {} {} {:?}",String::from_utf8_lossy(e), r.as_bytes()==x,t.elapsed()); } }
 } }
