(* dsheets/ocaml-process#2: all of stdin is written before anything is read *)
let () =
  let from_cat, to_cat = Unix.open_process "cat" in
  output_string to_cat (String.make 1000000 ' ');
  close_out to_cat;
  try while true do ignore (input_char from_cat) done with End_of_file -> ()
