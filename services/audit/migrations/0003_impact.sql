-- What a reorganisation touches here.

SELECT keeps('impact');
