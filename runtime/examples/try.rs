use smallworld_image::Image; use smallworld_runtime::*;
fn main(){ let mut a=std::env::args().skip(1); let img=Image::read_file(a.next().unwrap().as_ref()).unwrap();
 let mut o=Options::default(); if let Ok(s)=std::env::var("STRESS"){o.gc_stress=s.parse().unwrap();}
 let mut vm=Vm::new(&native::NO_NATIVE,&img,false,o,Box::new(ui::Headless::silent()));
 for e in a { let t=std::time::Instant::now(); match vm.evaluate(e.as_bytes()).unwrap(){ Evaluation::Value(v)=>println!("OK {}",String::from_utf8_lossy(&v)), x=>{ if let Evaluation::Error(t)=x {println!("ERR {}",String::from_utf8_lossy(&t))} } } eprintln!("{:?}",t.elapsed()); } }
